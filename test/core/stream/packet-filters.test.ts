// What a plugin alters, nobody gets as it was.
import { definePlugin, Denial, type PacketFilter, type PluginContext, type StreamView } from 'livego';
import { MediaPacket } from 'livego/media';
import { samplePackets, startTestServer, type TestPublisher, type TestServer } from 'livego/testing';
import { expect, onTestFinished, test } from 'vitest';

async function start(): Promise<{
  server: TestServer;
  publisher: TestPublisher;
  context: PluginContext;
  stream: StreamView;
}> {
  let context: PluginContext | undefined;
  const plugin = definePlugin({
    name: 'altering',
    schema: { type: 'object', properties: {} },
    server: (given) => void (context = given),
  });
  const server = await startTestServer({ plugins: [plugin] });
  onTestFinished(() => server.stop());
  const publisher = await server.publish('live/movie');
  if (publisher instanceof Denial) throw new Error(publisher.reason);
  publisher.send(...samplePackets({ frames: 10 }));
  return { server, publisher, context: context!, stream: server.streams()[0]! };
}

async function kinds(server: TestServer): Promise<() => string[]> {
  const viewer = await server.play('live/movie');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  return () => viewer.tags.map(({ type }) => type);
}

const noAudio: PacketFilter = (packet) => (packet.kind === 'audio' && !packet.header ? undefined : packet);
const next = (from: number) => samplePackets({ frames: 5, from }).slice(2);

test('a packet that a filter leaves out reaches neither viewers, nor sinks, nor later joiners', async () => {
  const { server, publisher, context, stream } = await start();
  const sunk: string[] = [];
  context.attach(stream, { write: ({ kind }) => void sunk.push(kind) }, { from: 'live' });
  context.alter(stream, noAudio);
  const early = await kinds(server);
  publisher.send(...next(400));
  const late = await kinds(server);
  publisher.send(...next(600));
  await new Promise(setImmediate);
  expect(new Set(sunk)).toEqual(new Set(['video']));
  expect(early().filter((kind) => kind === 'audio')).toHaveLength(1);
  expect(late().filter((kind) => kind === 'audio')).toHaveLength(1);
  expect(late().filter((kind) => kind === 'video').length).toBeGreaterThan(5);
});

test('the cache holds nothing from before', async () => {
  const { context, stream } = await start();
  expect(stream.gopFigures.packets).toBeGreaterThan(0);
  context.alter(stream, noAudio);
  expect(stream.gopFigures.packets).toBe(0);
});

test('counters tell what the publisher sends, whatever filters do', async () => {
  const { publisher, context, stream } = await start();
  context.alter(stream, () => undefined);
  const { packets } = stream.counters;
  publisher.send(...next(400));
  expect(stream.counters.packets).toBe(packets + 10);
});

test('several filters follow one another, until they are removed', async () => {
  const { publisher, context, stream } = await start();
  const seen: number[] = [];
  const later = (ms: number) => (packet: MediaPacket) =>
    new MediaPacket(packet.info, packet.timestamp + ms, packet.payload);
  context.attach(stream, { write: ({ timestamp }) => void seen.push(timestamp) }, { from: 'live' });
  const undo = [context.alter(stream, later(1)), context.alter(stream, later(2))];
  const [one] = next(1000);
  publisher.send(one!);
  undo[0]!();
  publisher.send(one!);
  undo[1]!();
  publisher.send(one!);
  expect(seen).toEqual([1003, 1002, 1000]);
});

test('a filter that throws is removed, and its packet kept back', async () => {
  const { server, publisher, context, stream } = await start();
  const seen: string[] = [];
  context.attach(stream, { write: ({ kind }) => void seen.push(kind) }, { from: 'live' });
  context.alter(stream, () => {
    throw new Error('no');
  });
  publisher.send(...next(400));
  expect(seen).toHaveLength(9);
  expect(server.log.some(({ msg }) => msg.includes('a packet filter threw'))).toBe(true);
});
