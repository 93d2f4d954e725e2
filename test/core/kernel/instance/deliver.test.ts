import { describe, expect, test } from 'vitest';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { FlvPacketFormat } from '../../../../core/media/flv/flv-format.ts';
import { handoverKey } from '../../../../core/plugin/handover.ts';
import type { Delivery } from '../../../../core/stream/delivery.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  contextOf,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  requestFor,
  send,
  tryPlay,
  type TestPublication,
} from '../kernel-kit.ts';
import { FakeTransport, FLV, LEFT, type Message, spell, video } from '../../stream/stream-kit.ts';

function publish({ publication }: TestPublication, ...messages: readonly Message[]): void {
  send(publication, ...messages);
}

/** Larger than a run may grow: it is written at once. */
const LARGE = 140_000;

describe('a delivery', () => {
  test('starts with the headers and the next keyframe', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const transport = new FakeTransport();
    context.deliver(published.stream.view, { format: FLV, transport });
    publish(published, video(80, 3), video(120, 4, 'key'), video(160, 5, 'inter', LARGE));
    expect(spell(transport.tags)).toBe('v1 V4! V5');
  });

  test('starts with the GOP cache if it asks for that', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const transport = new FakeTransport();
    context.deliver(published.stream.view, { format: FLV, transport, start: 'gop' });
    expect(spell(transport.tags)).toBe('v1 V1! V2');
  });

  test('is written the very bytes that viewers of the same format are written', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const format = context.format('flv/test', () => FLV);
    const [delivery, viewer] = [new FakeTransport(), new FakeTransport()];
    const playback = admitted(await tryPlay(test));
    playback.start(published.stream.view, format, viewer);
    context.deliver(published.stream.view, { format, transport: delivery, start: 'gop' });
    publish(published, video(80, 3, 'inter', LARGE), video(120, 4, 'inter', LARGE));
    const [one, other] = [delivery.writes.slice(-2), viewer.writes.slice(-2)];
    expect(one).toHaveLength(2);
    expect(one[0]).toBe(other[0]);
    expect(one[1]).toBe(other[1]);
  });

  test('is no viewer: it is not counted, fills no limit, asks no gate, and fires no hook', async () => {
    const told: string[] = [];
    const { test, context } = await contextOf(({ hooks }) => {
      hooks.connect.tap(() => void told.push('connect'));
      hooks.play.tap(() => void told.push('play'));
      hooks.playStart.tap(() => void told.push('playStart'));
      hooks.playStop.tap(() => void told.push('playStop'));
    });
    const { stream } = await publishTo(test);
    stream.configure({ ...stream.options, maxViewersPerStream: 1 });
    told.length = 0;
    const sessions = test.kernel.sessions.size;
    const delivery = context.deliver(stream.view, { format: FLV, transport: new FakeTransport() });
    expect(stream.viewerCount).toBe(0);
    expect(test.kernel.sessions.size).toBe(sessions);
    delivery.end();
    expect(told).toEqual([]);
    context.deliver(stream.view, { format: FLV, transport: new FakeTransport() });
    await playFrom(test);
    expect(stream.viewerCount).toBe(1);
  });

  test('counts what it sent, what waits, and what it lost', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const slowViewer = { dropAfterBytes: 200_000, closeAfterBytes: 1 << 30 };
    published.stream.configure({ ...published.stream.options, slowViewer });
    const transport = new FakeTransport('stalled');
    const delivery = context.deliver(published.stream.view, { format: FLV, transport, start: 'gop' });
    const backlog = transport.bytes.length;
    expect(delivery.counters).toEqual({
      sentBytes: backlog,
      queuedBytes: backlog,
      droppedPackets: 0,
      droppedBytes: 0,
      lags: 0,
    });
    for (let id = 3; id < 6; id++) publish(published, video(id * 40, id, 'inter', LARGE));
    expect(delivery.counters).toMatchObject({ lags: 1, droppedPackets: 2 });
    expect(delivery.counters.sentBytes).toBe(transport.bytes.length);
  });

  test('ends with its stream: the transport gets what is pending, then the cause', async () => {
    const test = kernelForTest();
    let context: ServerContext | undefined;
    const plugin = pluginForTest('one', { server: (given) => void (context = given) });
    await test.apply({
      definitions: [PROTOCOL, plugin],
      apps: { live: { options: { keepAfterUnpublishMs: 0, mergeWriteMs: 2000 } } },
    });
    const published = await publishTo(test);
    const transport = new FakeTransport();
    context!.deliver(published.stream.view, { format: FLV, transport, start: 'gop' });
    publish(published, video(80, 3));
    published.publication.end(LEFT);
    expect(spell(transport.tags)).toBe('v1 V1! V2 V3');
    expect(transport.causes.map(({ code }) => code)).toEqual(['unpublished']);
  });

  test('is closed like a slow viewer when its connection takes nothing', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const slowViewer = { dropAfterBytes: 65_536, closeAfterBytes: 400_000 };
    published.stream.configure({ ...published.stream.options, slowViewer });
    const transport = new FakeTransport('stalled');
    context.deliver(published.stream.view, { format: FLV, transport, start: 'gop' });
    for (let id = 3; id < 9; id++) publish(published, video(id * 40, id, 'inter', LARGE));
    expect(transport.causes.map(({ code }) => code)).toEqual(['slow']);
  });

  test.each(['loses too much', 'takes nothing for write_timeout', 'has a format that throws'])(
    'that %s leaves no fan-out behind: the publisher may rest as before',
    async (why) => {
      const { test, context } = await contextOf();
      const published = await publishTo(test);
      const { stream } = published;
      const slowViewer = { dropAfterBytes: 65_536, closeAfterBytes: 400_000 };
      stream.configure({ ...stream.options, slowViewer, mergeWriteMs: 0 });
      const idle = stream.restMs;
      const transport = new FakeTransport('stalled');
      const format = new FlvPacketFormat();
      context.deliver(stream.view, { format, transport, start: 'gop' });
      expect(stream.restMs).toBe(0);
      if (why === 'loses too much')
        for (let id = 3; id < 9; id++) publish(published, video(id * 40, id, 'inter', LARGE));
      if (why === 'takes nothing for write_timeout')
        for (const now of [0, 5000]) stream.everySecond(now, 5000, () => 0);
      if (why === 'has a format that throws') {
        format.accepts = () => {
          throw new Error('bug');
        };
        publish(published, video(80, 3));
      }
      expect(transport.causes).toHaveLength(1);
      expect(stream.restMs).toBe(idle);
    },
  );

  test('that is ended sends nothing more, and leaves the connection to the plugin', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const transport = new FakeTransport();
    const delivery = context.deliver(published.stream.view, { format: FLV, transport, start: 'gop' });
    delivery.end();
    delivery.end();
    publish(published, video(80, 3, 'inter', LARGE));
    expect(spell(transport.tags)).toBe('v1 V1! V2');
    expect(transport.causes).toEqual([]);
    expect(delivery.stream.key).toBe('live/movie');
  });

  test('ends with its instance', async () => {
    const { test, context, replace } = await contextOf();
    const published = await publishTo(test);
    const transport = new FakeTransport();
    context.deliver(published.stream.view, { format: FLV, transport, start: 'gop' });
    await replace();
    publish(published, video(80, 3, 'inter', LARGE));
    expect(spell(transport.tags)).toBe('v1 V1! V2');
  });

  test('that a successor adopts misses no packet, and ends with that one', async () => {
    const key = handoverKey<Delivery>('delivery');
    const contexts: ServerContext[] = [];
    const deliveries: Delivery[] = [];
    const plugin = pluginForTest('one', {
      server: (context) => {
        contexts.push(context);
        context.handover(key, {
          give: () => ({ state: deliveries[0]!, dispose: () => deliveries[0]!.end() }),
          take: (given) => context.adopt(given),
        });
      },
    });
    const test = kernelForTest();
    const config = (value: number) => ({ definitions: [PROTOCOL, plugin], plugins: { one: { value } } });
    await test.apply(config(1));
    const published = await publishTo(test, requestFor());
    const transport = new FakeTransport();
    deliveries.push(contexts[0]!.deliver(published.stream.view, { format: FLV, transport, start: 'gop' }));
    publish(published, video(80, 3));
    await test.apply(config(2));
    publish(published, video(120, 4, 'inter', LARGE));
    expect(spell(transport.tags)).toBe('v1 V1! V2 V3 V4');
    await test.apply({ ...config(2), plugins: { one: false } });
    publish(published, video(160, 5, 'inter', LARGE));
    expect(spell(transport.tags)).toBe('v1 V1! V2 V3 V4');
  });
});
