// What anonymous viewers can have providers do.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Denial } from '../../../../core/session/denial.ts';
import { Failures } from '../../../../core/session/providers/failures.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, publishTo, type TestKernel } from '../../kernel/kernel-kit.ts';
import { FakeProvider, pass, sendStart, settled, waitingViewer } from './provider-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Limited {
  readonly test: TestKernel;
  readonly providers: readonly FakeProvider[];
}

/** A kernel with a limit, and a plugin that has a provider for each name. */
async function limited(maxStreams: number): Promise<Limited> {
  const providers: FakeProvider[] = [];
  const relay = pluginForTest('relay', {
    server: ({ hooks }) =>
      hooks.streamMissing.tap(() => {
        const provider = new FakeProvider();
        providers.push(provider);
        return provider;
      }),
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, relay], server: { maxStreams } });
  return { test, providers };
}

function startsOf({ providers }: Limited): number {
  return providers.reduce((sum, { starts }) => sum + starts, 0);
}

test('providers that start count as streams: no more of them than maxStreams run', async () => {
  const setup = await limited(2);
  const names = Array.from({ length: 50 }, (_, index) => `movie${index}`);
  const viewers = await Promise.all(names.map((name) => waitingViewer(setup.test, name)));
  expect(startsOf(setup)).toBe(2);
  const denial = new Denial('limit', 'the server carries or starts 2 streams already (maxStreams)');
  expect(await Promise.all(viewers.slice(2).map(({ found }) => found))).toEqual(
    Array.from({ length: 48 }, () => denial),
  );
  expect(setup.test.log.messages('info')).toContain(`live/movie2 is not provided: ${denial.reason}`);
});

test('published streams count along, and a provider counts once when its stream is live', async () => {
  const setup = await limited(2);
  await publishTo(setup.test);
  const first = await waitingViewer(setup.test, 'one');
  sendStart(setup.providers[0]!.publication);
  await first.found;
  expect(setup.test.kernel.hub.streams).toHaveLength(2);
  expect(await (await waitingViewer(setup.test, 'two')).found).toMatchObject({ code: 'limit' });
  expect(startsOf(setup)).toBe(1);
});

test('a place that is free again is given to the next viewer, after a pause', async () => {
  const setup = await limited(1);
  await waitingViewer(setup.test, 'one');
  expect(await (await waitingViewer(setup.test, 'two')).found).toMatchObject({ code: 'limit' });
  setup.providers[0]!.publication.end({ code: 'left', message: 'the origin has ended it' });
  await pass(3);
  await waitingViewer(setup.test, 'two');
  await settled();
  expect(startsOf(setup)).toBe(2);
});

test('maxStreams 0 limits no providers', async () => {
  const setup = await limited(0);
  for (let count = 0; count < 20; count++) await waitingViewer(setup.test, `movie${count}`);
  expect(startsOf(setup)).toBe(20);
});

test('ten thousand failures are remembered, and those that are over make room', () => {
  const failures = new Failures();
  const denial = new Denial('unavailable', 'not there');
  for (let count = 0; count < 10_000; count++) failures.add(`live/${count}`, denial, 0);
  expect(failures.find('live/0', 1)).toBe(denial);
  failures.add('live/10000', denial, 0);
  expect(failures.find('live/0', 1)).toBeUndefined();
  expect(failures.find('live/1001', 1)).toBe(denial);
  expect(failures.find('live/10000', 2999)).toBe(denial);
  expect(failures.find('live/10000', 3000)).toBeUndefined();
});
