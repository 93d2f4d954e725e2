// A copy of a stream that lives in another process: what happens to it is told there, not here.
import { describe, expect, test } from 'vitest';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  contextOf,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  tryPublish,
  type TestKernel,
} from '../../kernel/kernel-kit.ts';
import { listener } from '../../kernel/plugin-kit.ts';
import { LEFT, packetOf, spell, video, videoHeader } from '../../stream/stream-kit.ts';
import { FakeProvider, sendStart, settled } from './provider-kit.ts';

interface Mirrored {
  readonly test: TestKernel;
  readonly provider: FakeProvider;
  readonly told: string[];
  readonly heard: string[];
  /** Another reload, which replaces the listener of streams. */
  replaceListener(): Promise<unknown>;
}

async function mirrored(): Promise<Mirrored> {
  const [told, heard]: [string[], string[]] = [[], []];
  const provider = new FakeProvider(undefined, 'mirror');
  const observer = pluginForTest('observer', {
    server: ({ hooks }) => {
      hooks.streamStart.tap(({ origin }) => void told.push(`streamStart ${origin}`));
      hooks.publishStart.tap(({ client }) => void told.push(`publishStart ${client.plugin}`));
      hooks.publishStop.tap(({ client }) => void told.push(`publishStop ${client.plugin}`));
      hooks.streamStop.tap(() => void told.push('streamStop'));
      hooks.playStart.tap(() => void told.push('playStart'));
      hooks.playStop.tap(() => void told.push('playStop'));
    },
  });
  let context: ServerContext | undefined;
  const link = pluginForTest('link', { server: (given) => void (context ??= given) });
  const config = (value: number) => ({
    definitions: [PROTOCOL, link, observer, listener(heard)],
    plugins: { ear: { value } },
    apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
  });
  const test = kernelForTest();
  const first = config(1);
  await test.apply(first);
  context!.provide({ app: 'live', name: 'movie' }, provider);
  sendStart(provider.publication);
  await settled();
  return {
    test,
    provider,
    told,
    heard,
    replaceListener: () => test.apply({ ...first, plugins: { ear: { value: 2 } } }),
  };
}

describe('a mirror', () => {
  test.each([
    ['mirror', true],
    ['local', false],
  ] as const)('begins with the number of its original; a "%s" stream does so: %s', async (origin, same) => {
    const { test, context } = await contextOf();
    const provider = Object.assign(new FakeProvider(undefined, origin === 'mirror' ? origin : undefined), {
      // Known only after the original has been reached.
      firstSequence: undefined as number | undefined,
    });
    context.provide({ app: 'live', name: 'movie' }, provider);
    provider.firstSequence = 4711;
    sendStart(provider.publication);
    await settled();
    expect(test.kernel.hub.find('live/movie')!.view.firstSequence === 4711).toBe(same);
  });

  test('starts and ends without a word to the hooks about streams and publishers; those about viewers are told', async () => {
    const { test, provider, told } = await mirrored();
    expect(test.kernel.hub.find('live/movie')!.origin).toBe('mirror');
    const { transport } = await playFrom(test);
    expect(spell(transport.tags)).toBe('v1 V1! V2');
    provider.publication.end(LEFT);
    expect(told).toEqual(['playStart', 'playStop']);
    expect(test.kernel.hub.streams).toEqual([]);
  });

  test('is not shown to an instance that a reload adds', async () => {
    const { heard, replaceListener } = await mirrored();
    await replaceListener();
    expect(heard).toEqual([]);
  });

  test('is in the list of streams, with its origin', async () => {
    const { test } = await mirrored();
    expect(test.kernel.hub.streams.map(({ view }) => [view.key, view.origin])).toEqual([
      ['live/movie', 'mirror'],
    ]);
  });

  test('passes packets on as they are, with the time of the original', async () => {
    const { test, provider } = await mirrored();
    provider.publication.write(packetOf(videoHeader(90_000, 5)));
    provider.publication.write(packetOf(video(90_000, 5, 'key')));
    provider.publication.write(packetOf(video(90_040, 6)));
    const { transport } = await playFrom(test);
    expect(transport.tags.map(({ id, timestamp }) => [id, timestamp])).toEqual([
      [5, 90_000],
      [5, 90_000],
      [6, 90_040],
    ]);
    expect(test.kernel.hub.find('live/movie')!.counters.timestampJumps).toBe(0);
  });

  test('that is replaced by a publisher of this process lives here from then on: that is told, and viewers stay', async () => {
    const { test, provider, told, heard } = await mirrored();
    await playFrom(test);
    const mirror = test.kernel.hub.find('live/movie')!;
    const { firstSequence } = mirror;
    told.length = 0;
    const { stream, publication } = await publishTo(test);
    expect(provider.stopCodes).toEqual(['replaced']);
    expect(stream).toBe(mirror);
    expect([stream.origin, stream.view.origin, stream.viewerCount]).toEqual(['local', 'local', 1]);
    expect(stream.firstSequence).toBeGreaterThan(firstSequence);
    expect(told).toEqual(['streamStart local', 'publishStart test']);
    expect(heard).toEqual(['1: start live/movie', '1: v1', '1: V1!', '1: V2']);
    told.length = 0;
    publication.end(LEFT);
    expect(told).toEqual(['playStop', 'publishStop test', 'streamStop']);
  });

  test('never takes the name of a stream that lives here, even while that waits for its publisher', async () => {
    const { test, provider, told } = await mirrored();
    provider.publication.end(LEFT);
    const publication = admitted(await tryPublish(test));
    const stream = test.kernel.hub.find('live/movie')!;
    stream.configure({ ...stream.options, keepAfterUnpublishMs: 60_000 });
    publication.end(LEFT);
    expect(stream.state).toBe('paused');
    told.length = 0;
    const second = new FakeProvider(undefined, 'mirror');
    const spec = {
      plugin: 'link',
      owner: { stopped: false, keep: () => {}, letGo: () => {} },
      provider: second,
    };
    test.kernel.providers.provide({ app: 'live', name: 'movie' }, spec);
    sendStart(second.publication);
    await settled();
    expect(second.stopCodes).toEqual(['replaced']);
    expect([stream.state, stream.origin]).toEqual(['paused', 'local']);
    expect(told).toEqual([]);
  });
});
