import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readDirectly, ReadMemory } from '../../../core/intake/direct-read.ts';
import { pacedSocket } from '../../../core/intake/paced-socket.ts';
import { connectTo, within } from '../../helpers/net.ts';

interface Pair {
  readonly peer: Socket;
  readonly socket: Socket;
}

async function pairs(count: number): Promise<Pair[]> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const made: Pair[] = [];
  for (let index = 0; index < count; index++) {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const peer = await connectTo((server.address() as AddressInfo).port);
    const [socket] = await within(accepted, 'the connection');
    onTestFinished(() => void socket.destroy());
    made.push({ peer, socket });
  }
  return made;
}

/** A pair whose socket is paused and has "one " in it. */
async function pausedWithBytes(): Promise<Pair> {
  const [pair] = (await pairs(1)) as [Pair];
  const { peer, socket } = pair;
  socket.pause();
  peer.write('one ');
  while (socket.readableLength === 0) {
    socket.read(0);
    await new Promise(setImmediate);
  }
  return pair;
}

/** Reads until the socket has brought so many bytes, by events or directly. */
function gather(
  socket: Socket,
  memory: ReadMemory,
): { events: number; text: () => string; reach(length: number): Promise<void> } {
  const pieces: string[] = [];
  const counts = { events: 0 };
  let notify = (): void => {};
  const take = (bytes: Buffer): void => {
    pieces.push(bytes.toString('latin1'));
    notify();
  };
  socket.on('data', (bytes: Buffer) => {
    counts.events++;
    take(bytes);
  });
  expect(readDirectly(socket, memory, take)).toBe(true);
  const text = (): string => pieces.join('');
  return {
    get events() {
      return counts.events;
    },
    text,
    async reach(length) {
      while (text().length < length)
        await within(new Promise<void>((resolve) => (notify = resolve)), 'the bytes');
    },
  };
}

test('sockets that share memory each get their own bytes, all of them and in order, without an event', async () => {
  const memory = new ReadMemory();
  const both = await pairs(2);
  const gathered = both.map(({ socket }) => gather(socket, memory));
  const sent = both.map((_, index) => String.fromCharCode(97 + index).repeat(300_000));
  for (const [index, { peer }] of both.entries()) peer.write(sent[index]!);
  for (const [index, each] of gathered.entries()) {
    await each.reach(sent[index]!.length);
    expect(each.text()).toBe(sent[index]);
    expect(each.events).toBe(0);
  }
});

test('bytes that wait in the socket come first, by events', async () => {
  const { peer, socket } = await pausedWithBytes();
  const gathered = gather(socket, new ReadMemory());
  peer.write('two');
  socket.resume();
  await gathered.reach('one two'.length);
  expect(gathered.text()).toBe('one two');
  expect(gathered.events).toBe(1);
});

test('a paused socket that has bytes is not read until it is resumed: newer ones would come before them', async () => {
  const { peer, socket } = await pausedWithBytes();
  const gathered = gather(socket, new ReadMemory());
  await new Promise((resolve) => void peer.write('two', resolve));
  // Another connection that is made and read meanwhile shows that these were not read.
  await pairs(1);
  expect(gathered.text()).toBe('');
  socket.resume();
  await gathered.reach('one two'.length);
  expect(gathered.text()).toBe('one two');
});

test('a paced socket is not read at all while it rests, and loses nothing', async () => {
  const [{ peer, socket }] = (await pairs(1)) as [Pair];
  const gathered = gather(socket, new ReadMemory());
  const source = pacedSocket(
    socket,
    () => true,
    (error) => expect.unreachable(String(error)),
  );
  peer.write('one ');
  await gathered.reach(4);
  source.pause();
  await new Promise((resolve) => void peer.write('two ', resolve));
  // The peer's bytes are in the socket: another connection that is made and read meanwhile shows that they were not read.
  await pairs(1);
  expect(gathered.text()).toBe('one ');
  expect(source.bufferedBytes()).toBe(0);
  source.resume();
  await gathered.reach(8);
  expect(gathered.text()).toBe('one two ');
});

test('a socket that is read directly a second time is read by the newest reader, and its handle is told once', async () => {
  const [{ peer, socket }] = (await pairs(1)) as [Pair];
  const memory = new ReadMemory();
  const handle = (socket as unknown as { _handle: { useUserBuffer(bytes: Buffer): void } })._handle;
  const told = vi.spyOn(handle, 'useUserBuffer');
  gather(socket, memory);
  const gathered = gather(socket, memory);
  peer.write('one');
  await gathered.reach(3);
  expect(gathered.text()).toBe('one');
  expect(told).toHaveBeenCalledTimes(1);
});

test('the end of the connection is an event as ever', async () => {
  const [{ peer, socket }] = (await pairs(1)) as [Pair];
  const gathered = gather(socket, new ReadMemory());
  const ended = once(socket, 'end');
  peer.end('last');
  await within(ended, 'the end');
  expect(gathered.text()).toBe('last');
});

test('a socket that Node does not know in this way is left as it is', () => {
  const socket = { _handle: {} } as unknown as Socket;
  expect(readDirectly(socket, new ReadMemory(), () => {})).toBe(false);
  expect(Object.getOwnPropertySymbols(socket)).toEqual([]);
});
