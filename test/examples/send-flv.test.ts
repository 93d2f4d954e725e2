import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { definePlugin, Denial, type Commands } from 'livego';
import { FlvReader } from 'livego/media';
import { samplePackets, type TestPublisher } from 'livego/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { publishTo, startWith } from './start-with.ts';

type Tag = ReturnType<FlvReader['push']>[number];

interface Receiver {
  readonly port: number;
  readonly sockets: readonly Socket[];
  /** FLV tags of all connections. */
  readonly tags: readonly Tag[];
}

async function openReceiver(): Promise<Receiver> {
  const sockets: Socket[] = [];
  const tags: Tag[] = [];
  const server: Server = createServer((socket) => {
    const reader = new FlvReader();
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => void tags.push(...reader.push(bytes)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets, tags };
}

/** A plugin that shows the test the commands of all. */
function commandsOf(): { plugin: ReturnType<typeof definePlugin>; commands(): Commands } {
  let commands: Commands | undefined;
  const plugin = definePlugin({
    name: 'caller',
    schema: { type: 'object', properties: {} },
    server: (context) => void ({ commands } = context),
  });
  return { plugin, commands: () => commands! };
}

test('a stream is sent on from a keyframe, and the connection ends with it', async () => {
  const receiver = await openReceiver();
  const server = await startWith('send-flv.ts', { 'send-flv': { port: receiver.port } });
  const publisher = await publishTo(server, 'live/movie');
  await sendUntilReceived(publisher, receiver);
  expect(receiver.tags.find(({ type, body }) => type === 'video' && body[1] === 1)?.body[0]).toBe(0x17);
  await expectFrames(publisher, receiver, 10_000);
  // It is no viewer.
  expect(server.streams()[0]?.viewerCount).toBe(0);
  const closed = once(receiver.sockets[0]!, 'close');
  publisher.leave();
  await closed;
});

test('a change of options keeps the connection of a live stream', async () => {
  const receiver = await openReceiver();
  const server = await startWith('send-flv.ts', { 'send-flv': { port: receiver.port } });
  const publisher = await publishTo(server, 'live/movie');
  await sendUntilReceived(publisher, receiver);
  const report = await server.reload({ 'send-flv': { port: receiver.port, start: 'gop' } });
  expect(report.changes.replaced).toEqual(['send-flv of live']);
  await expectFrames(publisher, receiver, 10_000);
  expect(receiver.sockets).toHaveLength(1);
});

test('switching it off ends what it sends', async () => {
  const receiver = await openReceiver();
  const server = await startWith('send-flv.ts', { 'send-flv': { port: receiver.port } });
  await sendUntilReceived(await publishTo(server, 'live/movie'), receiver);
  const closed = once(receiver.sockets[0]!, 'close');
  await server.reload({ 'send-flv': 'disable' });
  await closed;
});

test('the command "stop" ends one copy, and denies what makes no sense', async () => {
  const receiver = await openReceiver();
  const { plugin, commands } = commandsOf();
  const server = await startWith('send-flv.ts', { 'send-flv': { port: receiver.port } }, [plugin]);
  await sendUntilReceived(await publishTo(server, 'live/movie'), receiver);
  const stop = (input: Record<string, string>): Promise<unknown> =>
    commands().call('send-flv.stop', { app: 'live', ...input });
  const unknown = new Denial('not-found', 'live/other is not being sent');
  await expect(stop({ name: 'other' })).rejects.toEqual(unknown);
  await expect(stop({})).rejects.toMatchObject({ code: 'LVG_COMMAND' });
  const closed = once(receiver.sockets[0]!, 'close');
  const { sentBytes } = (await stop({ name: 'movie' })) as { sentBytes: number };
  await closed;
  expect(receiver.sockets[0]!.bytesRead).toBe(sentBytes);
});

/** Publishes a group of pictures again and again, until the connection is open and some of it has arrived. */
async function sendUntilReceived(publisher: TestPublisher, { tags }: Receiver): Promise<void> {
  let from = 0;
  await vi.waitFor(() => {
    publisher.send(...samplePackets({ frames: 5, from: (from += 200) }));
    expect(tags.length).toBeGreaterThan(0);
  });
}

/** Publishes ten frames with audio from that time on; all of them arrive. */
async function expectFrames(publisher: TestPublisher, { tags }: Receiver, from: number): Promise<void> {
  publisher.send(...samplePackets({ frames: 10, from }));
  await vi.waitFor(() => expect(tags.filter(({ timestamp }) => timestamp >= from)).toHaveLength(20));
}
