// Providers that find nothing: viewers that wait are told at once.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Denial, type DenialCode } from '../../../../core/session/denial.ts';
import type { Publication } from '../../../../core/session/publication.ts';
import { admitted, publishTo } from '../../kernel/kernel-kit.ts';
import { FakeTransport, FLV } from '../../stream/stream-kit.ts';
import { FakeProvider, kernelProviding, pass, sendStart, settled, waitingViewer } from './provider-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NOT_THERE = { code: 'failed', message: 'the origin has no such stream' } as const;

describe.each<
  readonly [string, (publication: Publication) => void | Promise<void>, readonly string[], DenialCode]
>([
  [
    'whose start throws a denial',
    () => {
      throw new Denial('not-found', NOT_THERE.message);
    },
    ['failed'],
    'not-found',
  ],
  [
    'whose start rejects with a denial',
    async () => {
      await Promise.resolve();
      throw new Denial('not-found', NOT_THERE.message);
    },
    ['failed'],
    'not-found',
  ],
  ['that ends its publication at once', (publication) => publication.end(NOT_THERE), [], 'unavailable'],
  [
    'that ends its publication later',
    async (publication) => {
      await Promise.resolve();
      publication.end(NOT_THERE);
    },
    [],
    'unavailable',
  ],
])('a provider %s', (_, start, stopCodes, code) => {
  test('has all waiting viewers told at once why, and is stopped unless it ended by itself', async () => {
    const provider = new FakeProvider(start);
    const test = await kernelProviding(provider);
    const viewers = await Promise.all([waitingViewer(test), waitingViewer(test)]);
    const denial = new Denial(code, 'live/movie cannot be provided: the origin has no such stream');
    // No timer has run: nobody has waited.
    expect(await Promise.all(viewers.map(({ found }) => found))).toEqual([denial, denial]);
    expect(provider.stopCodes).toEqual(stopCodes);
    expect(provider.signal.aborted).toBe(true);
    expect(test.kernel.hub.streams).toEqual([]);
    // Only the viewers, until their protocol ends them.
    expect([...test.kernel.sessions].map(({ role }) => role)).toEqual(['play', 'play']);
    expect(test.log.messages('error')).toEqual([]);
  });

  test('does not claim the name: a publisher may have it', async () => {
    const provider = new FakeProvider(start);
    const test = await kernelProviding(provider);
    await waitingViewer(test);
    const { stream } = await publishTo(test);
    expect(stream.state).toBe('live');
  });

  test('may write afterwards, and nothing comes of it', async () => {
    const provider = new FakeProvider(start);
    const test = await kernelProviding(provider);
    await waitingViewer(test);
    sendStart(provider.publication);
    await settled();
    expect(test.kernel.hub.streams).toEqual([]);
  });
});

describe('the words of an error', () => {
  const SECRET = new Error('connect ECONNREFUSED 10.0.0.7:1935 rtmp://origin/live?key=hunter2');

  test.each<readonly [string, () => void | Promise<void>]>([
    [
      'that start throws',
      () => {
        throw SECRET;
      },
    ],
    ['that start rejects with', () => Promise.reject(SECRET)],
  ])('%s are logged, and no waiting viewer gets them', async (_, start) => {
    const test = await kernelProviding(new FakeProvider(start));
    const { found } = await waitingViewer(test);
    expect(await found).toEqual(
      new Denial('unavailable', 'live/movie cannot be provided: the provider has failed'),
    );
    expect(test.log.lines.find(({ err }) => err !== undefined)).toMatchObject({
      level: 'info',
      err: { message: SECRET.message },
    });
  });

  test('that start rejects with after its first packet do not reach a viewer that plays', async () => {
    let fail: (error: Error) => void = () => {};
    const provider = new FakeProvider(() => new Promise((_, reject) => (fail = reject)));
    const test = await kernelProviding(provider, { keepAfterUnpublishMs: 0 });
    const { playback, found } = await waitingViewer(test);
    sendStart(provider.publication);
    const transport = new FakeTransport();
    playback.start(admitted(await found), FLV, transport);
    fail(SECRET);
    await settled();
    const message = 'the publisher has disconnected: the provider has failed';
    expect(transport.causes).toEqual([{ code: 'unpublished', message }]);
    expect(provider.stops).toEqual([{ code: 'failed', message: 'the provider has failed' }]);
  });
});

describe('after a provider has failed', () => {
  test('viewers that try again are told the same for 3 s, without a start; then plugins are asked again', async () => {
    const provider = new FakeProvider(() => Promise.reject(new Error('not yet')));
    const test = await kernelProviding(provider);
    const denials = [];
    for (let count = 0; count < 50; count++) denials.push(await (await waitingViewer(test)).found);
    const denial = new Denial('unavailable', 'live/movie cannot be provided: the provider has failed');
    expect(denials).toEqual(Array.from({ length: 50 }, () => denial));
    expect(provider.starts).toBe(1);
    await pass(2.9);
    await waitingViewer(test);
    expect(provider.starts).toBe(1);
    await pass(0.1);
    await waitingViewer(test);
    expect(provider.starts).toBe(2);
  });

  test('a publisher may take the name at once, and is played', async () => {
    const test = await kernelProviding(new FakeProvider(() => Promise.reject(new Error('not yet'))));
    expect(await (await waitingViewer(test)).found).toBeInstanceOf(Denial);
    const { stream } = await publishTo(test);
    expect(await (await waitingViewer(test)).found).toBe(stream.view);
  });

  test('a viewer of another stream still waits', async () => {
    const provider = new FakeProvider(({ session }) =>
      session.name === 'movie' ? Promise.reject(new Error('not there')) : undefined,
    );
    const test = await kernelProviding(provider);
    let told = false;
    const other = await waitingViewer(test, 'other');
    void other.found.then(() => (told = true));
    expect(await (await waitingViewer(test)).found).toBeInstanceOf(Denial);
    expect(told).toBe(false);
  });
});

test('a provider that never writes leaves viewers waiting for waitForPublisherMs, then is stopped as idle', async () => {
  const provider = new FakeProvider();
  const test = await kernelProviding(provider, { waitForPublisherMs: 10_000, idleProviderMs: 5000 });
  const { found } = await waitingViewer(test);
  await pass(9.9);
  expect(provider.stops).toEqual([]);
  await pass(0.1);
  expect(await found).toEqual(new Denial('not-found', 'nobody publishes live/movie'));
  await pass(4);
  expect(provider.stops).toEqual([]);
  await pass(2);
  expect(provider.stopCodes).toEqual(['idle']);
});

test('a provider whose stop throws is logged, and its stream ends all the same', async () => {
  const provider = new FakeProvider();
  provider.stop = () => {
    throw new Error('bug');
  };
  const test = await kernelProviding(provider, { keepAfterUnpublishMs: 0 });
  const { found } = await waitingViewer(test);
  sendStart(provider.publication);
  await found;
  await test.kernel.stop('over');
  expect(test.log.messages('error')).toEqual(['plugin relay threw in a provider’s stop']);
  expect(test.kernel.hub.streams).toEqual([]);
});
