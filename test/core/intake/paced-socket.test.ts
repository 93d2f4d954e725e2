import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { pacedSocket } from '../../../core/intake/paced-socket.ts';
import { connectTo, within } from '../../helpers/net.ts';

async function pair(): Promise<{ peer: Socket; socket: Socket; read: () => string }> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const peer = await connectTo((server.address() as AddressInfo).port);
  const [socket] = await within(accepted, 'the connection');
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return { peer, socket, read: () => text };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

const unexpected = (error: unknown): never => {
  throw error;
};

test('what arrives after the next read waits in the system until the socket is resumed, and none of it is lost', async () => {
  const { peer, socket, read } = await pair();
  const source = pacedSocket(socket, () => true, unexpected);
  peer.write('one ');
  await once(socket, 'data');
  source.pause();
  peer.write('two ');
  while (source.bufferedBytes() === 0) await turns(1);
  for (const word of ['three ', 'four ']) {
    await new Promise((resolve) => {
      peer.write(word, resolve);
    });
    await turns(5);
  }
  expect(source.bufferedBytes()).toBe('two '.length);
  expect(read()).toBe('one ');
  source.resume();
  while (!read().endsWith('four ')) await within(once(socket, 'data'), 'the rest');
  expect(read()).toBe('one two three four ');
});

test('a socket that is paused for another reason as well stays paused', async () => {
  const { socket } = await pair();
  let allowed = false;
  const source = pacedSocket(socket, () => allowed, unexpected);
  source.pause();
  source.resume();
  expect(socket.isPaused()).toBe(true);
  allowed = true;
  source.resume();
  expect(socket.isPaused()).toBe(false);
});

test('a socket is read on when the function that is asked throws, and the fault is told', async () => {
  const { socket } = await pair();
  const faults: unknown[] = [];
  const bug = new Error('bug');
  const source = pacedSocket(
    socket,
    () => {
      throw bug;
    },
    (error) => faults.push(error),
  );
  source.pause();
  source.resume();
  expect(socket.isPaused()).toBe(false);
  expect(faults).toEqual([bug]);
});
