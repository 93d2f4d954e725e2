// How long packets wait for company in all: in the system, to be read, and in the fan-out, to be written.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import { PacedReaders } from '../../../core/intake/paced-reader.ts';
import {
  FakeTransport,
  readTags,
  streamForTest,
  video,
  viewerOn,
  type Message,
} from '../stream/stream-kit.ts';

const FLV = new FlvPacketFormat();

/** Timers may be that late, and windows that fall due close together are flushed as one. */
const SLACK_MS = 3;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Notes for each write how long each of its packets has been on its way; a timestamp is the time at which it was sent. */
class TimedTransport extends FakeTransport {
  readonly delays: number[][] = [];

  override write(bytes: Buffer): void {
    this.delays.push(readTags(withHead(bytes)).map(({ timestamp }) => performance.now() - timestamp));
  }
}

/** A reader of FLV begins with the head of a file. */
function withHead(bytes: Buffer): Buffer {
  const head = Buffer.from('464c5601050000000900000000', 'hex');
  return bytes.subarray(0, 3).toString() === 'FLV' ? bytes : Buffer.concat([head, bytes]);
}

interface Traffic {
  /** Milliseconds from one message to the next. */
  readonly every: number;
  /** Bytes of a message. */
  readonly size: number;
  /** Milliseconds from one joiner to the next; nobody joins unless given. */
  readonly joinEvery?: number;
  /** Milliseconds from one time to the next at which somebody else wants the connection to be read. */
  readonly wakeEvery?: number;
}

/** Publishes for `ms` milliseconds to one viewer; says what became of the second half of it. */
function play(mergeWriteMs: number, connection: 'in turns' | 'at once', traffic: Traffic, ms = 7000) {
  const { every, size, joinEvery = Infinity, wakeEvery = Infinity } = traffic;
  const { stream, publish } = streamForTest({ mergeWriteMs });
  const arrived: Message[] = [];
  let paused = false;
  let reads = 0;
  const source = {
    pause: () => void (paused = true),
    resume: () => void (paused = false),
    bufferedBytes: () => 0,
  };
  const reading = new PacedReaders().open(source, () => stream.readTurnMs);
  if (connection === 'in turns') stream.readWith(reading);
  const viewer = new TimedTransport();
  stream.join(viewerOn(viewer), FLV);
  for (let time = 0; time < ms; time++) {
    if (time === ms / 2) viewer.delays.length = reads = 0;
    if (time > 0 && time % joinEvery === 0) stream.join(viewerOn(new FakeTransport()), FLV);
    if (time > 0 && time % wakeEvery === 0) reading.wake();
    if (time % every === 0) arrived.push(video(performance.now(), time, time === 0 ? 'key' : 'inter', size));
    if (!paused && arrived.length > 0) {
      reads++;
      publish(...arrived);
      if (connection === 'in turns') reading.took(arrived.length * size);
      arrived.length = 0;
    }
    vi.advanceTimersByTime(1);
  }
  return { reads, writes: viewer.delays.length, longest: Math.max(...viewer.delays.flat()) };
}

describe('with a merge window of 350 ms', () => {
  const USUAL = { every: 10, size: 1000 };

  /** Ten windows are measured. */
  function expectOneWriteAWindow({ writes, longest }: ReturnType<typeof play>): void {
    expect(writes).toBeGreaterThanOrEqual(9);
    expect(writes).toBeLessThanOrEqual(11);
    expect(longest).toBeLessThanOrEqual(350 + SLACK_MS);
  }

  test('one read and one write serve a whole window, and no packet waits longer', () => {
    const played = play(350, 'in turns', USUAL);
    expectOneWriteAWindow(played);
    expect(played.reads).toBe(played.writes);
  });

  test('a publisher that sends too much for one read in a window is read more often, and written no more often', () => {
    const played = play(350, 'in turns', { every: 10, size: 3000 });
    expectOneWriteAWindow(played);
    expect(played.reads).toBeGreaterThan(17);
    expect(played.reads).toBeLessThan(23);
  });

  test('those who join meanwhile cost those who are there not one write', () => {
    const played = play(350, 'in turns', { ...USUAL, joinEvery: 10 });
    expectOneWriteAWindow(played);
    expect(played.reads).toBe(played.writes);
  });

  test('a connection that is read before its turn lets what came wait for the rest of the window', () => {
    expectOneWriteAWindow(play(350, 'in turns', { ...USUAL, wakeEvery: 50 }));
  });

  test('a connection that is not read in turns waits as long, after it has been read', () => {
    const played = play(350, 'at once', USUAL);
    expectOneWriteAWindow(played);
    expect(played.reads).toBe(350);
  });
});

test('with the longest merge window a publisher is still heard every 400 ms', () => {
  const { reads, writes, longest } = play(2000, 'in turns', { every: 10, size: 100 });
  expect(reads).toBeGreaterThanOrEqual(8);
  expect(writes).toBeLessThanOrEqual(3);
  expect(longest).toBeLessThanOrEqual(2000 + SLACK_MS);
});

test('without a window every packet is read and written as it comes', () => {
  const { reads, writes, longest } = play(0, 'in turns', { every: 10, size: 1000 });
  expect([reads, writes]).toEqual([350, 350]);
  expect(longest).toBeLessThanOrEqual(1);
});

test.each([
  [100, []],
  [10, [false]],
])('100 viewers and a window of %i ms, read in turns: TCP_NODELAY is set to %j', (mergeWriteMs, expected) => {
  const { stream, publish } = streamForTest({ mergeWriteMs });
  const reading = new PacedReaders().open(
    { pause() {}, resume() {}, bufferedBytes: () => 0 },
    () => mergeWriteMs,
  );
  stream.readWith(reading);
  for (let turn = 0; turn < 50; turn++) {
    vi.advanceTimersByTime(mergeWriteMs);
    reading.took(100);
  }
  vi.advanceTimersByTime(mergeWriteMs);
  expect(stream.mergeWindowMs).toBeLessThanOrEqual(SLACK_MS);
  const set: boolean[] = [];
  for (let count = 0; count < 100; count++) {
    const transport = new FakeTransport();
    const setNoDelay = (noDelay: boolean): void => void (count === 0 && set.push(noDelay));
    stream.join(viewerOn(Object.assign(transport, { setNoDelay })), FLV);
  }
  set.length = 0;
  publish(video(0, 1, 'key'));
  vi.advanceTimersByTime(mergeWriteMs + SLACK_MS);
  expect(set).toEqual(expected);
});
