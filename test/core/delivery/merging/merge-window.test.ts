// How long packets wait to be sent together: in the system until they are read, and here until they are written.
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { admitted, kernelForTest, PROTOCOL, send, tryPublish } from '../../kernel/kernel-kit.ts';
import { FakeTransport, FLV, readTags, video, viewerOn, type Message } from '../../stream/stream-kit.ts';

/** Timers may be this late, and windows that fall due close together are flushed as one. */
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

/** The connection of a publisher. What is sent while it is paused waits in the system. */
class FakeSocket {
  readonly readableLength = 0;
  paused = false;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

interface Traffic {
  /** Milliseconds from one message to the next. */
  readonly every: number;
  /** Bytes of a message. */
  readonly size: number;
  /** Milliseconds from one joiner to the next; none joins unless given. */
  readonly joinEvery?: number;
  /** Milliseconds from one change of the config to the next, which reads the connection before its turn. */
  readonly configureEvery?: number;
}

interface Played {
  readonly reads: number;
  readonly writes: number;
  /** The longest time that a packet was on its way, in milliseconds. */
  readonly longest: number;
}

/** Publishes for `ms` milliseconds to one viewer; says what became of the second half of it. */
async function play(
  mergeWriteMs: number,
  connection: 'paced' | 'unpaced',
  traffic: Traffic,
  ms = 7000,
): Promise<Played> {
  const { every, size, joinEvery = Infinity, configureEvery = Infinity } = traffic;
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL], apps: { live: { options: { mergeWriteMs } } } });
  const publication = admitted(await tryPublish(test));
  const stream = test.kernel.hub.resolve(publication.stream!)!;
  const socket = new FakeSocket();
  const reader =
    connection === 'paced' ? publication.pace(socket as unknown as Socket, () => true) : undefined;
  const viewer = new TimedTransport();
  stream.join(viewerOn(viewer), FLV);
  const arrived: Message[] = [];
  let reads = 0;
  for (let time = 0; time < ms; time++) {
    if (time === ms / 2) viewer.delays.length = reads = 0;
    if (time > 0 && time % joinEvery === 0) stream.join(viewerOn(new FakeTransport()), FLV);
    if (time > 0 && time % configureEvery === 0) stream.configure({ ...stream.options });
    if (time % every === 0) arrived.push(video(performance.now(), time, time === 0 ? 'key' : 'inter', size));
    if (!socket.paused && arrived.length > 0) {
      reads++;
      send(publication, ...arrived);
      reader?.bytesRead(arrived.length * size);
      arrived.length = 0;
    }
    vi.advanceTimersByTime(1);
  }
  return { reads, writes: viewer.delays.length, longest: Math.max(...viewer.delays.flat()) };
}

describe('with a merge window of 350 ms', () => {
  const USUAL = { every: 10, size: 1000 };

  /** Ten windows are measured. */
  function expectOneWriteAWindow({ writes, longest }: Played): void {
    expect(writes).toBeGreaterThanOrEqual(9);
    expect(writes).toBeLessThanOrEqual(11);
    expect(longest).toBeLessThanOrEqual(350 + SLACK_MS);
  }

  test('one read and one write serve a whole window, and no packet waits longer', async () => {
    const played = await play(350, 'paced', USUAL);
    expectOneWriteAWindow(played);
    expect(played.reads).toBe(played.writes);
  });

  test('a publisher that sends too much for one read in a window is read more often, and written no more often', async () => {
    const played = await play(350, 'paced', { every: 10, size: 3000 });
    expectOneWriteAWindow(played);
    expect(played.reads).toBeGreaterThan(17);
    expect(played.reads).toBeLessThan(23);
  });

  test('viewers that join meanwhile cost those that are there not one write', async () => {
    const played = await play(350, 'paced', { ...USUAL, joinEvery: 10 });
    expectOneWriteAWindow(played);
    expect(played.reads).toBe(played.writes);
  });

  test('a connection that is read before its turn lets what came wait for the rest of the window', async () => {
    expectOneWriteAWindow(await play(350, 'paced', { ...USUAL, configureEvery: 50 }));
  });

  test('a connection that is not paced waits as long, after it has been read', async () => {
    const played = await play(350, 'unpaced', USUAL);
    expectOneWriteAWindow(played);
    expect(played.reads).toBe(350);
  });
});

test('with the longest merge window a publisher is still heard every 400 ms', async () => {
  const { reads, writes, longest } = await play(2000, 'paced', { every: 10, size: 100 });
  expect(reads).toBeGreaterThanOrEqual(8);
  expect(writes).toBeLessThanOrEqual(3);
  expect(longest).toBeLessThanOrEqual(2000 + SLACK_MS);
});

test('in a window that is too short for turns a publisher is read as its packets come, and they wait for each other', async () => {
  const { reads, writes, longest } = await play(20, 'paced', { every: 10, size: 1000 });
  expect(reads).toBe(350);
  expect(writes).toBeGreaterThanOrEqual(116);
  expect(writes).toBeLessThanOrEqual(118);
  expect(longest).toBeLessThanOrEqual(20 + SLACK_MS);
});

test('without a window every packet is read and written as it comes', async () => {
  const { reads, writes, longest } = await play(0, 'paced', { every: 10, size: 1000 });
  expect([reads, writes]).toEqual([350, 350]);
  expect(longest).toBeLessThanOrEqual(1);
});
