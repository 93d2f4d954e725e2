// Streams that plugins publish because a viewer asked for them.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Denial } from '../../../../core/session/denial.ts';
import type { StreamView } from '../../../../core/stream/stream-view.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  kernelForTest,
  PROTOCOL,
  publishTo,
  requestFor,
  send,
  tryPlay,
  tryPublish,
} from '../../kernel/kernel-kit.ts';
import { FakeTransport, FLV, LEFT, spell, video } from '../../stream/stream-kit.ts';
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

describe('a stream that nobody publishes', () => {
  test('is asked for once, however many viewers wait, and all of them play it', async () => {
    let asked = 0;
    const provider = new FakeProvider();
    const relay = pluginForTest('relay', {
      server: ({ hooks }) =>
        hooks.streamMissing.tap(async ({ name }) => {
          asked++;
          await Promise.resolve();
          return name === 'movie' ? provider : undefined;
        }),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, relay] });
    const viewers = await Promise.all(Array.from({ length: 100 }, () => waitingViewer(test)));
    expect([asked, provider.starts]).toEqual([1, 1]);
    sendStart(provider.publication);
    const found = await Promise.all(viewers.map((viewer) => viewer.found));
    expect(new Set(found)).toEqual(new Set([provider.publication.stream]));
    const transports = viewers.map(({ playback }, index) => {
      const transport = new FakeTransport();
      admitted(playback.start(found[index] as StreamView, FLV, transport));
      return transport;
    });
    expect(transports.map(({ tags }) => spell(tags))).toEqual(viewers.map(() => 'v1 V1! V2'));
    expect(test.log.messages('info')).toContain('live/movie is provided by relay from the test');
  });

  test('is asked for beside the wait: a publisher that is quicker is played, and the provider is not started', async () => {
    let answer: (provider: FakeProvider) => void = () => {};
    const provider = new FakeProvider();
    const relay = pluginForTest('relay', {
      server: ({ hooks }) => hooks.streamMissing.tap(() => new Promise((resolve) => (answer = resolve))),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, relay] });
    const { found } = await waitingViewer(test);
    const { stream } = await publishTo(test);
    expect(await found).toBe(stream.view);
    answer(provider);
    await settled();
    expect(provider.starts).toBe(0);
  });

  test('is asked for by the next plugin when one never answers', async () => {
    const provider = new FakeProvider();
    const silent = pluginForTest('silent', {
      server: ({ hooks }) => hooks.streamMissing.tap(() => new Promise(() => {})),
    });
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, silent, providing(provider)],
      server: { gateTimeoutMs: 2000 },
    });
    const { found } = await waitingViewer(test);
    await vi.advanceTimersByTimeAsync(1999);
    expect(provider.starts).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(provider.starts).toBe(1);
    sendStart(provider.publication);
    expect(await found).toBe(provider.publication.stream);
    expect(test.log.messages('error')).toEqual(['plugin silent failed to provide a stream']);
  });

  test('is not fetched for a viewer that has left before the plugin answered', async () => {
    let answer: (provider: FakeProvider) => void = () => {};
    const provider = new FakeProvider();
    const relay = pluginForTest('relay', {
      server: ({ hooks }) => hooks.streamMissing.tap(() => new Promise((resolve) => (answer = resolve))),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, relay] });
    const { playback } = await waitingViewer(test);
    playback.stop(LEFT);
    answer(provider);
    await settled();
    expect(provider.starts).toBe(0);
  });

  test('is asked of the successor when a reload replaces the plugin while it thinks', async () => {
    const answers: ((provider: FakeProvider) => void)[] = [];
    const [old, now] = [new FakeProvider(), new FakeProvider()];
    const relay = pluginForTest('relay', {
      server: ({ hooks }) =>
        hooks.streamMissing.tap(() => new Promise((resolve) => void answers.push(resolve))),
    });
    const test = kernelForTest();
    const definitions = [PROTOCOL, relay];
    await test.apply({ definitions, plugins: { relay: { value: 1 } } });
    const { found } = await waitingViewer(test);
    await test.apply({ definitions, plugins: { relay: { value: 2 } } });
    answers[0]!(old);
    await settled();
    answers[1]!(now);
    await settled();
    expect([old.starts, now.starts]).toEqual([0, 1]);
    sendStart(now.publication);
    expect(await found).toBe(now.publication.stream);
  });

  test('is not fetched any more when the server stops', async () => {
    let answer: (provider: FakeProvider) => void = () => {};
    const provider = new FakeProvider();
    const relay = pluginForTest('relay', {
      server: (context) => {
        context.hooks.streamMissing.tap(() => new Promise((resolve) => (answer = resolve)));
        // The plugin is not stopped yet when its answer comes.
        context.onStop(async () => {
          answer(provider);
          await settled();
        });
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, relay] });
    await waitingViewer(test);
    await test.kernel.stop('over');
    await settled();
    expect(provider.starts).toBe(0);
  });
});

describe('a provider', () => {
  test('takes the name with its first packet, and nothing before', async () => {
    const provider = new FakeProvider();
    const test = await kernelProviding(provider);
    const { found } = await waitingViewer(test);
    expect(test.kernel.hub.streams).toEqual([]);
    expect(provider.publication.stream).toBeUndefined();
    expect(provider.publication.active).toBe(false);
    expect(test.kernel.sessions.size).toBe(1);
    sendStart(provider.publication);
    await found;
    const [stream] = test.kernel.hub.streams;
    expect(stream!.publisher).toBe(provider.publication.session);
    expect(provider.publication.session.client).toMatchObject({
      plugin: 'relay',
      protocol: 'relay',
      remote: 'relay from the test',
    });
    expect(provider.publication.session.counters.receivedBytes).toBe(31 + 16 + 16);
    expect(test.kernel.sessions.size).toBe(2);
  });

  test('loses nothing that it writes before the name is its own, in order, with its discontinuities', async () => {
    const provider = new FakeProvider();
    const test = await kernelProviding(provider);
    const { found } = await waitingViewer(test);
    sendStart(provider.publication);
    provider.publication.discontinuity();
    send(provider.publication, video(9_000_000, 3, 'key'));
    const heard: string[] = [];
    const stream = test.kernel.hub.resolve(admitted(await found))!;
    stream.attach({ write: ({ timestamp }) => void heard.push(String(timestamp)) });
    // The second clock continues the first; without the discontinuity it would have counted as a jump.
    expect(heard).toEqual(['80', '80']);
    expect(stream.counters).toMatchObject({ packets: 4, timestampJumps: 0 });
  });

  test('asks no gate and resolves no name', async () => {
    const asked: string[] = [];
    const provider = new FakeProvider();
    const door = pluginForTest('door', {
      server: ({ hooks }) => {
        hooks.connect.tap(({ client }) => void asked.push(`connect ${client.plugin}`));
        hooks.resolveName.tap((_, { role }) => void asked.push(`resolve to ${role}`));
        hooks.publish.tap(() => new Denial('forbidden', 'nobody publishes here'));
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, door, providing(provider)] });
    expect(await tryPublish(test)).toBeInstanceOf(Denial);
    asked.length = 0;
    const { found } = await waitingViewer(test);
    sendStart(provider.publication);
    admitted(await found);
    expect(asked).toEqual(['connect test', 'resolve to play']);
  });

  test('publishes under the options of its application', async () => {
    const provider = new FakeProvider();
    const test = await kernelProviding(provider, { gop_num: 4, duplicate: 'replace' });
    const { found } = await waitingViewer(test);
    sendStart(provider.publication);
    expect(admitted(await found).options).toBe(test.kernel.findApp('live')!.options);
  });

  test('is told like any publisher to plugins', async () => {
    const told: string[] = [];
    const provider = new FakeProvider();
    const ears = pluginForTest('ears', {
      server: ({ hooks }) => {
        hooks.streamStart.tap(({ key }) => void told.push(`streamStart ${key}`));
        hooks.publishStart.tap(({ client }) => void told.push(`publishStart by ${client.plugin}`));
        hooks.publishStop.tap((_, __, { code }) => void told.push(`publishStop ${code}`));
        hooks.streamStop.tap((_, { code }) => void told.push(`streamStop ${code}`));
      },
    });
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, ears, providing(provider)],
      apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
    });
    await waitingViewer(test);
    expect(told).toEqual([]);
    sendStart(provider.publication);
    await settled();
    provider.publication.end(LEFT);
    expect(told).toEqual([
      'streamStart live/movie',
      'publishStart by relay',
      'publishStop left',
      'streamStop unpublished',
    ]);
  });

  test('that writes more than 16 MiB before the name is its own is stopped', async () => {
    const provider = new FakeProvider();
    const test = await kernelProviding(provider);
    const { found } = await waitingViewer(test);
    const large = video(0, 1, 'key', 1024 * 1024);
    for (let count = 0; count < 17; count++) send(provider.publication, large);
    expect(provider.stopCodes).toEqual(['failed']);
    expect(await found).toMatchObject({ code: 'unavailable' });
    await settled();
    expect(test.kernel.hub.streams).toEqual([]);
    expect(test.kernel.sessions.size).toBe(1);
  });
});

test('a viewer that waits for nothing is denied at once, and no plugin is asked', async () => {
  const provider = new FakeProvider();
  const test = await kernelProviding(provider, { waitForPublisherMs: 0 });
  const playback = admitted(await tryPlay(test, requestFor()));
  expect(await playback.findStream()).toEqual(new Denial('not-found', 'nobody publishes live/movie'));
  await pass(10);
  expect(provider.starts).toBe(0);
});
