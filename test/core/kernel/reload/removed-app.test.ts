// What a server-wide instance runs for an application ends when that application no longer has the plugin.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { EndCause } from '../../../../core/end-cause.ts';
import { handoverKey } from '../../../../core/plugin/handover.ts';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import type { StreamProvider } from '../../../../core/session/providers/provider.ts';
import type { Delivery } from '../../../../core/stream/delivery.ts';
import {
  pluginForTest,
  resolveForTest,
  type TestAppConfig,
  type TestConfig,
} from '../../../helpers/config.ts';
import {
  admitted,
  arrive,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  requestFor,
  send,
  type TestKernel,
} from '../kernel-kit.ts';
import { FakeTransport, FLV, spell, video, videoHeader } from '../../stream/stream-kit.ts';

type Apps = Readonly<Record<string, TestAppConfig>>;

const BOTH: Apps = { live: {}, event: {} };

const GONE: readonly (readonly [string, Apps])[] = [
  ['removed', { event: {} }],
  ['without the plugin', { live: { plugins: { one: false } }, event: {} }],
];

interface Served {
  readonly test: TestKernel;
  readonly contexts: readonly ServerContext[];
  apply(apps: Apps, value?: number): Promise<void>;
}

async function serve(declare: (context: ServerContext) => void = () => {}): Promise<Served> {
  const test = kernelForTest();
  const contexts: ServerContext[] = [];
  const plugin = pluginForTest('one', {
    server: (context) => {
      contexts.push(context);
      declare(context);
    },
  });
  const apply = async (apps: Apps, value = 1): Promise<void> =>
    void (await test.apply({ definitions: [PROTOCOL, plugin], plugins: { one: { value } }, apps }));
  await apply(BOTH);
  return { test, contexts, apply };
}

const LARGE = 140_000;

function relay(stops: EndCause[]): StreamProvider {
  return {
    description: 'loop',
    start: (publication) => send(publication, videoHeader(0, 1), video(0, 1, 'key')),
    stop: (cause) => void stops.push(cause),
  };
}

describe.each(GONE)('of an application that is %s', (_, apps) => {
  test('a delivery sends nothing more, and its transport is left to the plugin; those of others continue', async () => {
    const { test, contexts, apply } = await serve();
    const [live, event] = [await publishTo(test), await publishTo(test, requestFor('event'))];
    const [ended, kept] = [new FakeTransport(), new FakeTransport()];
    contexts[0]!.deliver(live.stream.view, { format: FLV, transport: ended, start: 'gop' });
    contexts[0]!.deliver(event.stream.view, { format: FLV, transport: kept, start: 'gop' });
    await apply(apps);
    for (const { publication } of [live, event]) send(publication, video(80, 3, 'inter', LARGE));
    expect(contexts).toHaveLength(1);
    expect([spell(ended.tags), spell(kept.tags)]).toEqual(['v1 V1! V2', 'v1 V1! V2 V3']);
    expect(ended.causes).toEqual([]);
  });

  test('a delivery that a successor adopts in the same reload ends as well', async () => {
    const key = handoverKey<Delivery>('delivery');
    const deliveries: Delivery[] = [];
    const { test, contexts, apply } = await serve((context) =>
      context.handover(key, {
        give: () => ({ state: deliveries[0]!, dispose: () => {} }),
        take: (given) => context.adopt(given),
      }),
    );
    const { stream, publication } = await publishTo(test);
    const transport = new FakeTransport();
    deliveries.push(contexts[0]!.deliver(stream.view, { format: FLV, transport, start: 'gop' }));
    await apply(apps, 2);
    send(publication, video(80, 3, 'inter', LARGE));
    expect(contexts).toHaveLength(2);
    expect(spell(transport.tags)).toBe('v1 V1! V2');
  });

  test('a provided stream ends, also with viewers; one of another application continues', async () => {
    const { test, contexts, apply } = await serve();
    const [live, event]: [EndCause[], EndCause[]] = [[], []];
    contexts[0]!.provide({ app: 'live', name: 'movie' }, relay(live));
    contexts[0]!.provide({ app: 'event', name: 'movie' }, relay(event));
    await nextTurn();
    await playFrom(test);
    await apply(apps);
    expect(live).toEqual([{ code: 'removed', message: 'the config has changed' }]);
    expect(event).toEqual([]);
    expect(test.kernel.hub.find('live/movie')?.publisher).toBeUndefined();
  });

  test('a stream that is provided on demand ends', async () => {
    const stops: EndCause[] = [];
    const { test, apply } = await serve(({ hooks }) => hooks.streamMissing.tap(() => relay(stops)));
    await playFrom(test);
    await apply(apps);
    expect(stops).toMatchObject([{ code: 'removed' }]);
  });
});

test('a stream that is provided in an application which never had the plugin continues', async () => {
  const stops: EndCause[] = [];
  const { contexts, apply } = await serve();
  const apps: Apps = { live: {}, event: { plugins: { one: false } } };
  await apply(apps);
  contexts[0]!.provide({ app: 'event', name: 'movie' }, relay(stops));
  await nextTurn();
  await apply(apps);
  expect(stops).toEqual([]);
});

test('a server-wide instance is told how clients end whose application is removed, and of files that are finished late', async () => {
  const told: string[] = [];
  const { test, contexts, apply } = await serve(({ hooks }) => {
    hooks.publishStart.tap((_session, { key }) => void told.push(`publishStart ${key}`));
    hooks.playStart.tap((_session, { key }) => void told.push(`playStart ${key}`));
    hooks.playStop.tap((_session, { key }, { code }) => void told.push(`playStop ${key} ${code}`));
    hooks.publishStop.tap((_session, { key }, { code }) => void told.push(`publishStop ${key} ${code}`));
    hooks.streamStop.tap(({ key }, { code }) => void told.push(`streamStop ${key} ${code}`));
    hooks.disconnect.tap(({ app }, { code }) => void told.push(`disconnect ${app} ${code}`));
    hooks.fileEnd.tap(({ path }) => void told.push(`fileEnd ${path}`));
  });
  const { publication } = await publishTo(test);
  const viewer = await playFrom(test);
  await apply({ event: {} });
  // An unrelated reload while they are leaving changes nothing.
  await apply({ event: { options: { gop_num: 3 } } });
  const file = { kind: 'recording', app: 'live', name: 'movie', path: '/tmp/movie.flv', bytes: 1 };
  const times = { session: undefined, durationMs: 1, startedAt: new Date(), endedAt: new Date() };
  contexts[0]!.fileEnd({ ...file, ...times });
  publication.end({ code: 'left', message: 'over' });
  viewer.arrival.leave({ code: 'left', message: 'over' });
  expect(told).toEqual([
    'publishStart live/movie',
    'playStart live/movie',
    'streamStop live/movie removed',
    'fileEnd /tmp/movie.flv',
    'publishStop live/movie left',
    'playStop live/movie left',
    'disconnect live left',
  ]);
});

test('a client that connects while the removal waits for other workers is told of as well', async () => {
  const left: string[] = [];
  const plugin = pluginForTest('one', {
    server: ({ hooks }) => hooks.disconnect.tap(({ app }) => void left.push(app)),
  });
  const test = kernelForTest();
  const config = (apps: Apps): TestConfig => ({ definitions: [PROTOCOL, plugin], apps });
  await test.apply(config(BOTH));
  const arrival = arrive(test);
  const report = await test.kernel.reload(resolveForTest(config({ event: {} })), async () => {
    admitted(await arrival.enter('live', new URLSearchParams(), () => {}));
    return undefined;
  });
  arrival.leave({ code: 'left', message: 'over' });
  expect([report.outcome, left]).toEqual(['applied', ['live']]);
});

test('an application that is removed is forgotten with the next config, once it has no client', async () => {
  const { test, apply } = await serve();
  const arrival = arrive(test);
  admitted(await arrival.enter('live', new URLSearchParams(), () => {}));
  await apply({ event: {} });
  expect(test.kernel.generation.former.all.map(({ servername }) => servername)).toEqual(['live']);
  arrival.leave({ code: 'left', message: 'over' });
  await apply({ event: {} });
  expect(test.kernel.generation.former.all).toEqual([]);
});
