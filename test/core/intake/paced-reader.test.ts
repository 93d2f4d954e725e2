import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  PacedReaders,
  MIN_TURN_MS,
  type PacedReader,
  type ReadSource,
} from '../../../core/intake/paced-reader.ts';

/** A connection on which messages keep coming; while it is paused they pile up in the system. */
class FakeConnection implements ReadSource {
  readonly reads: { readonly at: number; readonly bytes: number }[] = [];
  paused = false;
  leftover = 0;
  #waiting = 0;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  bufferedBytes(): number {
    return this.leftover;
  }

  arrive(bytes: number): void {
    this.#waiting += bytes;
  }

  read(reader: PacedReader): void {
    if (this.paused || this.#waiting + this.leftover === 0) return;
    // As a stream does: first what it took after the pause, then what waited in the system.
    const portions = [this.leftover, this.#waiting].filter((bytes) => bytes > 0);
    this.leftover = this.#waiting = 0;
    for (const bytes of portions) {
      this.reads.push({ at: performance.now(), bytes });
      reader.bytesRead(bytes);
    }
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets `bytesPerMs` come for `ms` milliseconds, in one message each `every` ms. */
function stream(
  connection: FakeConnection,
  reader: PacedReader,
  { ms, every, bytes }: { ms: number; every: number; bytes: number },
): void {
  for (let time = 0; time < ms; time++) {
    if (time % every === 0) connection.arrive(bytes);
    connection.read(reader);
    vi.advanceTimersByTime(1);
  }
}

function opened(turnMs: number): { readers: PacedReaders; connection: FakeConnection; reader: PacedReader } {
  const readers = new PacedReaders();
  const connection = new FakeConnection();
  return { readers, connection, reader: readers.open(connection, () => turnMs) };
}

describe('a publisher that may be left unread', () => {
  test('is read once in each turn, and nothing it sent is left behind', () => {
    const { connection, reader } = opened(100);
    stream(connection, reader, { ms: 1000, every: 10, bytes: 1000 });
    connection.reads.length = 0;
    stream(connection, reader, { ms: 1000, every: 10, bytes: 1000 });
    expect(connection.reads.length).toBeLessThanOrEqual(11);
    expect(connection.reads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(85_000);
    for (const [index, { at }] of connection.reads.slice(1).entries())
      expect(at - connection.reads[index]!.at).toBeLessThanOrEqual(102);
  });

  test('wakes once in each turn, though timers may be early', () => {
    const { connection, reader } = opened(40);
    let wakes = 0;
    connection.resume = () => {
      connection.paused = false;
      wakes++;
    };
    stream(connection, reader, { ms: 400, every: 5, bytes: 100 });
    wakes = 0;
    stream(connection, reader, { ms: 400, every: 5, bytes: 100 });
    expect(wakes).toBeLessThanOrEqual(10);
  });

  test('is read at once until its rate is known', () => {
    const { connection, reader } = opened(100);
    stream(connection, reader, { ms: 190, every: 10, bytes: 1000 });
    expect(connection.reads).toHaveLength(19);
  });

  test('and sends much has shorter turns: what comes in one fits into the window of its connection', () => {
    const { connection, reader } = opened(100);
    stream(connection, reader, { ms: 600, every: 5, bytes: 5000 });
    connection.reads.length = 0;
    stream(connection, reader, { ms: 500, every: 5, bytes: 5000 });
    expect(Math.max(...connection.reads.map(({ bytes }) => bytes))).toBeLessThanOrEqual(64 * 1024);
    expect(connection.reads.length).toBeLessThan(50);
  });

  test('and sends far too much for turns is read at once', () => {
    const { connection, reader } = opened(100);
    stream(connection, reader, { ms: 500, every: 1, bytes: 20_000 });
    connection.reads.length = 0;
    stream(connection, reader, { ms: 100, every: 1, bytes: 20_000 });
    expect(connection.reads).toHaveLength(100);
  });

  test('is read again after a read so large that more must follow', () => {
    const { connection, reader } = opened(100);
    stream(connection, reader, { ms: 300, every: 10, bytes: 100 });
    reader.wake();
    connection.arrive(64 * 1024);
    connection.read(reader);
    expect(connection.paused).toBe(false);
  });

  test('is not put to rest by what it sent before the rest', () => {
    const { connection, reader } = opened(100);
    stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
    expect(connection.paused).toBe(true);
    connection.leftover = 100;
    reader.wake();
    // In as many portions as it came.
    reader.bytesRead(60);
    reader.bytesRead(40);
    expect(connection.paused).toBe(false);
    reader.bytesRead(700);
    expect(connection.paused).toBe(true);
  });
});

test.each([0, MIN_TURN_MS - 1])('a turn of %i ms is none: every message is read when it comes', (turnMs) => {
  const { connection, reader } = opened(turnMs);
  stream(connection, reader, { ms: 500, every: 10, bytes: 1000 });
  expect(connection.reads).toHaveLength(50);
  expect(vi.getTimerCount()).toBe(0);
});

test('publishers wake at a few moments, not each at its own and not all at one', () => {
  const all = new PacedReaders();
  const wakes = new Map<number, number>();
  const readers = Array.from({ length: 200 }, () => {
    const source = {
      pause: () => {},
      resume: () => void wakes.set(performance.now(), (wakes.get(performance.now()) ?? 0) + 1),
      bufferedBytes: () => 0,
    };
    return all.open(source, () => 100);
  });
  vi.advanceTimersByTime(250);
  for (const reader of readers) reader.bytesRead(100);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(110);
  expect([...wakes.values()].reduce((sum, count) => sum + count, 0)).toBe(200);
  expect(wakes.size).toBeGreaterThanOrEqual(8);
  expect(wakes.size).toBeLessThanOrEqual(11);
});

test('a reader that is closed reads on and rests no more', () => {
  const { connection, reader } = opened(100);
  stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
  expect(connection.paused).toBe(true);
  reader.close();
  expect(connection.paused).toBe(false);
  stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
  expect(connection.paused).toBe(false);
});

test('a refresh waits until the connection has been read; concurrent callers share one', async () => {
  const { connection, reader } = opened(100);
  stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
  let known = 0;
  const first = reader.refresh().then(() => known++);
  expect(connection.paused).toBe(false);
  const second = reader.refresh().then(() => known++);
  await Promise.resolve();
  expect(known).toBe(0);
  await vi.advanceTimersByTimeAsync(10);
  await Promise.all([first, second]);
  await reader.refresh();
});

test('a connection that is being refreshed does not rest before that is done', async () => {
  const { connection, reader } = opened(100);
  stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
  const known = reader.refresh();
  // The last bytes, in several reads; its end would come behind them.
  for (let read = 0; read < 3; read++) reader.bytesRead(5000);
  expect(connection.paused).toBe(false);
  await vi.advanceTimersByTimeAsync(10);
  await known;
  reader.bytesRead(100);
  expect(connection.paused).toBe(true);
});

test.each([
  ['as long as bytes arrive', 10, { atLeast: 10, atMost: 20 }],
  ['but not for ever', 1000, { atLeast: 20, atMost: 40 }],
])('a refresh waits %s', async (_, turnsWithBytes, waited) => {
  const { connection, reader } = opened(100);
  stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
  let known = false;
  void reader.refresh().then(() => (known = true));
  let turns = 0;
  for (; !known; turns++) {
    if (turns < turnsWithBytes) reader.bytesRead(100);
    await vi.advanceTimersToNextTimerAsync();
  }
  expect(turns).toBeGreaterThanOrEqual(waited.atLeast);
  expect(turns).toBeLessThanOrEqual(waited.atMost);
});

test('when the server stops, every connection is read on and no timer is left', () => {
  const { readers, connection, reader } = opened(100);
  stream(connection, reader, { ms: 350, every: 10, bytes: 100 });
  readers.stop();
  expect(connection.paused).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
