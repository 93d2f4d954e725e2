import { PassThrough } from 'node:stream';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readInTurns } from '../../../plugins/rtmp/read-turns.ts';

/** A connection whose every read takes so long, by the clock. */
function connection(readMs: number) {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const socket = new PassThrough() as unknown as Socket;
  const reads: string[] = [];
  const faults: unknown[] = [];
  const queue = { busy: false, fail: (error: unknown) => void faults.push(error) };
  const read = (bytes: Buffer): void => {
    reads.push(bytes.toString());
    now += readMs;
    if (bytes.toString() === 'bad') throw new Error('bad');
  };
  readInTurns(socket, queue, read);
  return { socket, reads, faults, queue };
}

test('a connection whose reads take long lets others come first, and is read on', async () => {
  const { socket, reads } = connection(10);
  socket.emit('data', Buffer.from('one'));
  expect(socket.isPaused()).toBe(true);
  await nextTurn();
  expect(socket.isPaused()).toBe(false);
  expect(reads).toEqual(['one']);
});

test('one whose reads are quick is read at once', () => {
  const { socket, reads } = connection(1);
  for (const each of ['one', 'two', 'three']) {
    socket.emit('data', Buffer.from(each));
    expect(socket.isPaused()).toBe(false);
  }
  expect(reads).toEqual(['one', 'two', 'three']);
});

test('one that waits for a command is not read before that is done', async () => {
  const { socket, queue } = connection(10);
  socket.emit('data', Buffer.from('one'));
  queue.busy = true;
  await nextTurn();
  expect(socket.isPaused()).toBe(true);
});

test('what a read throws is handed on, and the connection is left as it is', () => {
  const { socket, faults } = connection(10);
  socket.emit('data', Buffer.from('bad'));
  expect(faults).toEqual([new Error('bad')]);
  expect(socket.isPaused()).toBe(false);
});
