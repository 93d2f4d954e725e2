import { PassThrough } from 'node:stream';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ReadTurns } from '../../../plugins/rtmp/read-turns.ts';
import { SharedTurn } from '../../../plugins/rtmp/shared-turn.ts';

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
    const text = bytes.toString().trim();
    reads.push(text);
    now += readMs;
    if (text === 'bad') throw new Error('bad');
  };
  const turns = new ReadTurns(socket, queue, new SharedTurn(), read);
  const take = turns.take.bind(turns);
  /** A read of at least 4 KiB, which begins with this. */
  const arrive = (text: string): void => take(Buffer.from(text.padEnd(4096)), 'kept');
  const setReadMs = (ms: number): void => void (readMs = ms);
  return { socket, turns, reads, faults, queue, take, arrive, setReadMs };
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

test('a read that is too short to take long is not timed, unless the connection has been slow', async () => {
  const { socket, take, arrive } = connection(10);
  take(Buffer.alloc(4095), 'kept');
  expect(socket.isPaused()).toBe(false);
  arrive('one');
  await nextTurn();
  take(Buffer.alloc(4095), 'kept');
  expect(socket.isPaused()).toBe(true);
});

test('one that waits for a command is not read before that is done', async () => {
  const { socket, queue, arrive } = connection(10);
  arrive('one');
  queue.busy = true;
  await nextTurn();
  expect(socket.isPaused()).toBe(true);
});

test('a connection that has been slow is read in pieces, each in a turn of its own, in order', async () => {
  const { socket, reads, arrive } = connection(10);
  arrive('a'.repeat(5000));
  await nextTurn();
  arrive(`${'b'.repeat(4999)}c`);
  expect(reads[1]).toBe('b'.repeat(2500));
  // Whoever resumes it meanwhile changes no order.
  arrive('d'.repeat(4096));
  expect(reads).toHaveLength(2);
  for (let turn = 0; socket.isPaused(); turn++) {
    expect(reads).toHaveLength(2 + turn);
    await nextTurn();
  }
  expect(reads.slice(1).join('')).toBe(`${'b'.repeat(4999)}c${'d'.repeat(4096)}`);
});

test('while a part of a read waits, nobody lets the connection go on; then it is read on, also for them', async () => {
  const { socket, turns, queue, arrive } = connection(10);
  arrive('a'.repeat(5000));
  await nextTurn();
  expect(turns.mayRead).toBe(true);
  // A command of the first piece has paused it.
  queue.busy = true;
  socket.pause();
  arrive('b'.repeat(8000));
  queue.busy = false;
  turns.readOn();
  expect([turns.mayRead, socket.isPaused()]).toEqual([false, true]);
  for (let turn = 0; !turns.mayRead && turn < 100; turn++) await nextTurn();
  expect([turns.mayRead, socket.isPaused()]).toEqual([true, false]);
});

test('what waits for its turn is copied where the next read overwrites it', async () => {
  const { socket, reads, take, arrive } = connection(10);
  arrive('a'.repeat(5000));
  await nextTurn();
  const memory = Buffer.alloc(6000, 'b');
  take(memory, 'lent');
  memory.fill('x');
  memory.fill('c', 0, 100);
  take(memory.subarray(0, 100), 'lent');
  memory.fill('x');
  while (socket.isPaused()) await nextTurn();
  expect(reads.slice(1).join('')).toBe('b'.repeat(6000) + 'c'.repeat(100));
});

test('pieces grow again when they are quick', async () => {
  const { reads, arrive, setReadMs } = connection(10);
  arrive('a'.repeat(5000));
  await nextTurn();
  setReadMs(1);
  arrive('b'.repeat(10_000));
  expect(reads.slice(1).map(({ length }) => length)).toEqual([2500, 5000, 2500]);
  arrive('c'.repeat(12_000));
  expect(reads.at(-1)).toHaveLength(12_000);
});

test('what is left when the client ends the connection is read first', async () => {
  const { socket, reads, arrive } = connection(10);
  arrive('a'.repeat(5000));
  await nextTurn();
  arrive('b'.repeat(8000));
  socket.emit('end');
  expect(reads.slice(1).join('')).toBe('b'.repeat(8000));
});

test('what a read throws is handed on, and nothing is read after it', () => {
  const { socket, reads, faults, arrive } = connection(10);
  arrive('bad');
  expect(faults).toEqual([new Error('bad')]);
  expect(socket.isPaused()).toBe(false);
  arrive('one');
  expect(reads).toEqual(['bad']);
});

test('connections that take long together leave the rest to later turns, which both kinds share, each in its order', async () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const shared = new SharedTurn();
  const reads: string[] = [];
  const take = (name: string, length: number): void => {
    const queue = { busy: false, fail: () => {} };
    const read = (bytes: Buffer): void => {
      now += 12;
      reads.push(bytes.toString('latin1', 0, 2));
    };
    new ReadTurns(new PassThrough() as unknown as Socket, queue, shared, read).take(
      Buffer.from(name.padEnd(length)),
      'kept',
    );
  };
  for (const name of ['a1', 'a2', 'b1', 'b2', 'b3']) take(name, 5000);
  for (const name of ['c1', 'c2', 'c3']) take(name, 100);
  expect(reads.splice(0)).toEqual(['a1', 'a2']);
  await nextTurn();
  expect(reads.splice(0)).toEqual(['b1', 'c1']);
  await nextTurn();
  expect(reads.splice(0)).toEqual(['b2', 'c2']);
  await nextTurn();
  expect(reads.splice(0)).toEqual(['b3', 'c3']);
});

test.each([
  ['slow', 'quick', 1],
  ['quick', 'slow', 1],
  ['slow', 'quick', 50],
  ['quick', 'slow', 50],
] as const)(
  'a %s read is done within two turns, however many %s ones of %i ms come again and again',
  async (one, others, eachMs) => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const shared = new SharedTurn();
    let ended = false;
    onTestFinished(() => void (ended = true));
    const again = (): void => {
      now += eachMs;
      if (!ended) shared.readLater(others, again);
    };
    for (let each = 0; each < 100; each++) shared.readLater(others, again);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    let reads = 0;
    for (let turn = 0; turn < 5; turn++) {
      shared.readLater(one, () => void reads++);
      await nextTurn();
      await nextTurn();
      expect(reads).toBe(turn + 1);
    }
  },
);

test('reads with something else between them have a turn each', () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const shared = new SharedTurn();
  for (let read = 0; read < 100; read++) {
    expect(shared.hasTime()).toBe(true);
    now += 5;
    shared.end();
    now += 2;
  }
});
