import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectTo, freePort, freePorts, readBytes, readToEnd, waitForEvent, within } from './net.ts';

async function listenAndSend(pieces: readonly string[]): Promise<number> {
  const server = createServer((socket) => {
    for (const piece of pieces) socket.write(piece);
    socket.end();
  });
  onTestFinished(() => void server.close());
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await waitForEvent(server, 'listening');
  return port;
}

test('free ports are different from each other', async () => {
  expect(new Set(await freePorts(20)).size).toBe(20);
});

test('another run of tests on the machine gets other ones, also if it begins to look in the same place', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  onTestFinished(() => void vi.restoreAllMocks());
  const loadAgain = async (): Promise<{ freePorts(count: number): Promise<number[]> }> => {
    vi.resetModules();
    return await import('./net.ts');
  };
  const [one, other] = [await loadAgain(), await loadAgain()];
  const ports = [...(await one.freePorts(3)), ...(await other.freePorts(3))];
  expect(new Set(ports).size).toBe(6);
});

test('a port that is taken at one address is not free, and none is one that systems give to clients', async () => {
  const port = await freePort();
  expect(port).toBeLessThan(32_768);
  const server = createServer().listen(port + 1, '127.0.0.2');
  onTestFinished(() => void server.close());
  await waitForEvent(server, 'listening');
  expect(await freePort()).not.toBe(port + 1);
});

test('bytes are read in the requested lengths, and the end is told from a pause', async () => {
  const socket = await connectTo(await listenAndSend(['abc', 'defgh']));
  expect((await readBytes(socket, 2)).toString()).toBe('ab');
  expect((await readBytes(socket, 5)).toString()).toBe('cdefg');
  await expect(readBytes(socket, 2)).rejects.toThrow('The connection ended before that.');
});

test('everything up to the end of a connection is read', async () => {
  const socket = await connectTo(await listenAndSend(['abc', 'def']));
  expect((await readToEnd(socket)).toString()).toBe('abcdef');
});

test('waiting for an event ends with the first that fits, and leaves no listener', async () => {
  const emitter = new EventEmitter();
  const fits = waitForEvent<[number]>(emitter, 'count', (count) => count === 2);
  emitter.emit('count', 1);
  emitter.emit('count', 2);
  expect(await fits).toEqual([2]);
  expect(emitter.listenerCount('count')).toBe(0);
});

test('a wait that exceeds its deadline names what it waited for', async () => {
  await expect(within(new Promise(() => {}), 'a miracle', 1)).rejects.toThrow(
    'Timed out after 1 ms waiting for a miracle.',
  );
});
