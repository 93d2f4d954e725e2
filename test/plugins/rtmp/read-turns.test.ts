import { PassThrough } from 'node:stream';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readInTurns } from '../../../plugins/rtmp/read-turns.ts';

/** A connection whose every read takes so long, by the clock. */
function connection(eachReadMs: number) {
  let now = 0;
  let readMs = eachReadMs;
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
  const setReadMs = (ms: number): void => void (readMs = ms);
  return { socket, reads, faults, queue, setReadMs };
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

test('a connection that has been slow is read in pieces, each in a turn of its own, in order', async () => {
  const { socket, reads } = connection(10);
  socket.emit('data', Buffer.alloc(2000, 'a'));
  await nextTurn();
  socket.emit('data', Buffer.from('b'.repeat(1999) + 'c'));
  const first = reads[1]!;
  expect(first).toBe('b'.repeat(1000));
  // Whoever resumes it meanwhile changes no order.
  socket.emit('data', Buffer.from('d'));
  expect(reads).toHaveLength(2);
  for (let turn = 0; socket.isPaused(); turn++) {
    expect(reads).toHaveLength(2 + turn);
    await nextTurn();
  }
  expect(reads.slice(1).join('')).toBe(`${'b'.repeat(1999)}cd`);
});

test('pieces grow again when they are quick', async () => {
  const { socket, reads, setReadMs } = connection(10);
  socket.emit('data', Buffer.alloc(2000, 'a'));
  await nextTurn();
  setReadMs(1);
  socket.emit('data', Buffer.alloc(4000, 'b'));
  expect(reads.slice(1).map(({ length }) => length)).toEqual([1000, 2000, 1000]);
  socket.emit('data', Buffer.alloc(5000, 'c'));
  expect(reads.at(-1)).toHaveLength(5000);
});

test('what is left when the client ends the connection is read first', async () => {
  const { socket, reads } = connection(10);
  socket.emit('data', Buffer.alloc(2000, 'a'));
  await nextTurn();
  socket.emit('data', Buffer.alloc(3000, 'b'));
  socket.emit('end');
  expect(reads.slice(1).join('')).toBe('b'.repeat(3000));
});

test('what a read throws is handed on, and the connection is left as it is', () => {
  const { socket, faults } = connection(10);
  socket.emit('data', Buffer.from('bad'));
  expect(faults).toEqual([new Error('bad')]);
  expect(socket.isPaused()).toBe(false);
});
