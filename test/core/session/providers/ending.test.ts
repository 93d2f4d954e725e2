// When core stops a provider, and how.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EndCause } from '../../../../core/end-cause.ts';
import {
  admitted,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  requestFor,
  send,
  tryPublish,
  type TestKernel,
} from '../../kernel/kernel-kit.ts';
import { FakeTransport, FLV, LEFT, spell, video, videoHeader } from '../../stream/stream-kit.ts';
import {
  FakeProvider,
  kernelProviding,
  pass,
  providing,
  sendStart,
  settled,
  waitingViewer,
} from './provider-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Playing {
  readonly test: TestKernel;
  readonly provider: FakeProvider;
  readonly leave: () => void;
}

/** A stream that a provider publishes to one viewer. */
async function playing(options = {}): Promise<Playing> {
  const provider = new FakeProvider();
  const test = await kernelProviding(provider, options);
  const { playback, found } = await waitingViewer(test);
  sendStart(provider.publication);
  admitted(playback.start(admitted(await found), FLV, new FakeTransport()));
  return { test, provider, leave: () => playback.stop(LEFT) };
}

describe('a provider without a viewer', () => {
  test('is stopped as idle after idleProviderMs, not before, and its stream ends at once', async () => {
    const { test, provider, leave } = await playing({ idleProviderMs: 10_000, keepAfterUnpublishMs: 60_000 });
    await pass(30.9);
    leave();
    await pass(10);
    expect(provider.stops).toEqual([]);
    expect(test.kernel.hub.streams).toHaveLength(1);
    await pass(1);
    expect(provider.stops).toEqual([{ code: 'idle', message: 'nobody watched for 10 s (idleProviderMs)' }]);
    expect(provider.signal.aborted).toBe(true);
    expect(test.kernel.hub.streams).toEqual([]);
    expect(test.kernel.sessions.size).toBe(0);
  });

  test.each(['plays', 'has paused', 'fetches files'])(
    'is kept if another viewer comes in time that %s',
    async (how) => {
      const { test, provider, leave } = await playing({ idleProviderMs: 10_000 });
      leave();
      await pass(9);
      const { playback, found } = await waitingViewer(test);
      const stream = admitted(await found);
      if (how === 'fetches files') playback.countViewer(stream, () => ({}));
      else playback.start(stream, FLV, new FakeTransport());
      if (how === 'has paused') playback.pause();
      await pass(60);
      expect(provider.stops).toEqual([]);
      playback.stop(LEFT);
      await pass(9);
      expect(provider.stops).toEqual([]);
      await pass(3);
      expect(provider.stopCodes).toEqual(['idle']);
    },
  );

  test('is not kept by a delivery, which is no viewer', async () => {
    const { test, provider, leave } = await playing({ idleProviderMs: 1000 });
    const [stream] = test.kernel.hub.streams;
    const transport = new FakeTransport();
    const owner = { stopped: false, keep: () => {}, letGo: () => {} };
    const { Delivery } = await import('../../../../core/stream/delivery.ts');
    const delivery = new Delivery(stream!, { format: FLV, transport }, owner);
    leave();
    await pass(3);
    expect(provider.stopCodes).toEqual(['idle']);
    expect(transport.causes.map(({ code }) => code)).toEqual(['unpublished']);
    delivery.end();
  });

  test('is asked for again when a viewer comes after that', async () => {
    const { test, provider, leave } = await playing({ idleProviderMs: 0 });
    leave();
    await pass(1);
    expect(provider.stopCodes).toEqual(['idle']);
    await waitingViewer(test);
    expect(provider.starts).toBe(2);
  });
});

describe('a publisher that takes the name of a provider', () => {
  test('has it stopped as replaced, and its viewers stay', async () => {
    const { test, provider } = await playing();
    const { transport } = await playFrom(test);
    const publication = admitted(await tryPublish(test));
    expect(provider.stops).toEqual([
      { code: 'replaced', message: 'replaced by 192.0.2.1:5000 (duplicate: "replace")' },
    ]);
    sendStart(provider.publication);
    send(publication, videoHeader(0, 7), video(0, 7, 'key'));
    const [stream] = test.kernel.hub.streams;
    expect(stream!.viewerCount).toBe(2);
    expect(stream!.publisher).toBe(publication.session);
    publication.end(LEFT);
    await pass(5);
    expect(spell(transport.tags)).toBe('v1 V1! V2 v7 V7!');
    expect(provider.stops).toHaveLength(1);
  });

  test('is denied if the application rejects duplicates', async () => {
    const { test, provider } = await playing({ duplicate: 'reject' });
    expect(await tryPublish(test)).toMatchObject({ code: 'duplicate' });
    expect(provider.stops).toEqual([]);
  });

  test('has one stopped as replaced that has written nothing yet', async () => {
    const provider = new FakeProvider();
    const test = await kernelProviding(provider);
    await waitingViewer(test);
    const { stream } = await publishTo(test);
    await playFrom(test);
    await pass(1);
    expect(provider.stopCodes).toEqual(['replaced']);
    expect(stream.state).toBe('live');
  });
});

test('a provider never replaces a publisher: it is stopped as replaced when it writes', async () => {
  const closed: EndCause[] = [];
  const provider = new FakeProvider();
  const test = await kernelProviding(provider, { duplicate: 'replace' });
  await waitingViewer(test);
  const { stream, publication } = await publishTo(test, requestFor(), (cause) => closed.push(cause));
  sendStart(provider.publication);
  await settled();
  expect(provider.stops).toEqual([{ code: 'replaced', message: 'live/movie cannot be claimed (taken)' }]);
  expect(closed).toEqual([]);
  expect(stream.publisher).toBe(publication.session);
  expect(stream.counters.packets).toBe(3);
});

describe('a provider is stopped once', () => {
  test('with the instance that offered it', async () => {
    const provider = new FakeProvider();
    const test = kernelForTest();
    const definitions = [PROTOCOL, providing(provider)];
    const options = { live: { options: { keepAfterUnpublishMs: 0 } } };
    await test.apply({ definitions, plugins: { relay: { value: 1 } }, apps: options });
    const { playback, found } = await waitingViewer(test);
    const transport = new FakeTransport();
    sendStart(provider.publication);
    playback.start(admitted(await found), FLV, transport);
    await test.apply({ definitions, plugins: { relay: { value: 2 } }, apps: options });
    expect(provider.stops).toEqual([{ code: 'removed', message: 'the config has changed' }]);
    expect(transport.causes).toEqual([{ code: 'removed', message: 'the config has changed' }]);
    await pass(60);
    expect(provider.stops).toHaveLength(1);
  });

  test('when the server stops', async () => {
    const { test, provider } = await playing();
    await test.kernel.stop('SIGTERM');
    expect(provider.stops).toEqual([{ code: 'shutdown', message: 'SIGTERM' }]);
  });

  test('when an operator closes its session', async () => {
    const { test, provider } = await playing({ keepAfterUnpublishMs: 0 });
    const publisher = [...test.kernel.sessions].find(({ role }) => role === 'publish');
    publisher!.view.close();
    expect(provider.stopCodes).toEqual(['kicked']);
    expect(test.kernel.hub.streams).toEqual([]);
  });

  test('and not at all if it ends its publication itself', async () => {
    const { test, provider } = await playing({ keepAfterUnpublishMs: 0 });
    provider.publication.end({ code: 'left', message: 'the origin has ended it' });
    expect(test.kernel.hub.streams).toEqual([]);
    await test.kernel.stop('over');
    expect(provider.stops).toEqual([]);
    expect(provider.signal.aborted).toBe(true);
  });
});
