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
    const word = bytes.toString().trim();
    reads.push(word);
    now += readMs;
    if (word === 'bad') throw new Error('bad');
  };
  const take = readInTurns(socket, queue, read);
  /** A read of 4 KiB, which begins with this word. */
  const arrive = (word: string): void => take(Buffer.from(word.padEnd(4096)), 'kept');
  return { socket, reads, faults, queue, take, arrive };
}

test('a connection whose reads take long lets others come first, and is read on', async () => {
  const { socket, reads, arrive } = connection(10);
  arrive('one');
  expect(socket.isPaused()).toBe(true);
  await nextTurn();
  expect(socket.isPaused()).toBe(false);
  expect(reads).toEqual(['one']);
});

test('one whose reads are quick is read at once', () => {
  const { socket, reads, arrive } = connection(1);
  for (const each of ['one', 'two', 'three']) {
    arrive(each);
    expect(socket.isPaused()).toBe(false);
  }
  expect(reads).toEqual(['one', 'two', 'three']);
});

test('a read that is too short to take long is not timed', () => {
  const { socket, take } = connection(10);
  take(Buffer.alloc(4095), 'kept');
  expect(socket.isPaused()).toBe(false);
});

test('one that waits for a command is not read before that is done', async () => {
  const { socket, queue, arrive } = connection(10);
  arrive('one');
  queue.busy = true;
  await nextTurn();
  expect(socket.isPaused()).toBe(true);
});

test('what a read throws is handed on, and the connection is left as it is', () => {
  const { socket, faults, arrive } = connection(10);
  arrive('bad');
  expect(faults).toEqual([new Error('bad')]);
  expect(socket.isPaused()).toBe(false);
});
