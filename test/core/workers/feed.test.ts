// What a worker sends of a stream to another that has a copy of it.
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { MediaPacket } from '../../../core/media/packet.ts';
import { Feed, type FeedLink } from '../../../core/workers/link/feed.ts';
import { Link } from '../../../core/workers/link/link.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { FakeTransport, FLV, packetOf, streamForTest, video, viewerOn } from '../stream/stream-kit.ts';

afterEach(() => void vi.useRealTimers());

const PACKETS = samplePackets({ frames: 6 });
const HEADERS = PACKETS.filter(({ header }) => header).length;
const CHANNEL = 4;

/** The stream's window is an hour: what leaves was told to. */
function feedForTest(before: readonly MediaPacket[] = [], options = {}) {
  const { stream, scheduler } = streamForTest(options);
  for (const packet of before) stream.write(packet);
  const sent: (string | number)[] = [];
  const link = {
    queuedBytes: 0,
    sendRun: (channel: number, packets: readonly MediaPacket[]) =>
      void sent.push(channel === CHANNEL ? packets.length : `channel ${channel}`),
    sendEvent: (_channel: number, event: { readonly is: string }) => void sent.push(event.is),
  };
  const feed = new Feed(stream, CHANNEL, { link, scheduler, start: 'gop' });
  const write = (...packets: readonly MediaPacket[]): void =>
    packets.forEach((packet) => stream.write(packet));
  return { stream, scheduler, link, feed, sent, write };
}

test('what came before the copy leaves at once, and later packets leave together', () => {
  const { feed, sent, write } = feedForTest(PACKETS.slice(0, 8));
  expect(sent).toEqual([8]);
  write(...PACKETS.slice(8));
  expect(sent).toEqual([8]);
  feed.flush();
  feed.flush();
  expect(sent).toEqual([8, PACKETS.length - 8]);
});

test.each([
  ['discontinuity', ({ stream }: ReturnType<typeof feedForTest>) => stream.discontinuity('jump')],
  ['pause', ({ stream }: ReturnType<typeof feedForTest>) => void stream.pause()],
  ['end', ({ stream }: ReturnType<typeof feedForTest>) => void stream.end({ code: 'left', message: 'bye' })],
])('packets before a %s leave before it', (event, happen) => {
  const test = feedForTest();
  test.write(...PACKETS);
  happen(test);
  expect(test.sent).toEqual([PACKETS.length, event]);
});

test('a run that has grown long leaves at once', () => {
  const { sent, write } = feedForTest([], { gop_num: 0 });
  const { info } = PACKETS.find(({ keyframe }) => keyframe)!;
  const large = new MediaPacket(info, 0, Buffer.concat([Buffer.from([0x17, 1]), Buffer.alloc(80_000)]));
  write(large);
  expect(sent).toEqual([]);
  write(large);
  expect(sent).toEqual([2]);
});

test('without a window packets leave at the end of the turn', async () => {
  const { sent, write } = feedForTest([], { mergeWriteMs: 0 });
  write(...PACKETS);
  expect(sent).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual([PACKETS.length]);
});

test('a feed that is stopped sends nothing more', async () => {
  const { feed, sent, write } = feedForTest([], { mergeWriteMs: 0 });
  write(...PACKETS);
  feed.stop();
  await new Promise((resolve) => setImmediate(resolve));
  write(...PACKETS);
  feed.flush();
  expect(sent).toEqual([]);
});

test('a link that is full loses whole groups of pictures, and has the headers when it goes on', () => {
  const { feed, link, sent, write } = feedForTest(PACKETS.slice(0, 8));
  link.queuedBytes = 33 * 2 ** 20;
  const groups = [1, 2, 3].map((group) => samplePackets({ frames: 3, from: group * 1000 }).slice(HEADERS));
  write(...groups[0]!, ...groups[1]!);
  feed.flush();
  // The packet that found it full is the last.
  expect(sent).toEqual([8, 1]);
  link.queuedBytes = 0;
  write(...groups[2]!);
  feed.flush();
  expect(sent.at(-1)).toBe(HEADERS + groups[2]!.length);
  expect(feed.droppedPackets).toBe(groups[0]!.length + groups[1]!.length - 1);
});

test('the copy lets packets wait no longer: they have waited where the stream lives', () => {
  const copy = streamForTest({}, { origin: 'mirror' }).stream;
  const original = streamForTest().stream;
  expect([original.mergeWindowMs, copy.mergeWindowMs]).toEqual([3_600_000, 0]);
});

test('its delays are counted where packets wait, and not at the copy', () => {
  const delaysOf = (origin: 'local' | 'mirror'): number => {
    const { stream, scheduler } = streamForTest({}, { origin });
    stream.join(viewerOn(new FakeTransport()), FLV, 'next-keyframe');
    for (const packet of PACKETS) stream.write(packet);
    stream.pause();
    return scheduler.delays.counts.reduce((sum, count) => sum + count);
  };
  expect([delaysOf('local'), delaysOf('mirror')]).toEqual([1, 0]);
});

test('a copy is sent a run before the viewers here are written to', async () => {
  const { stream, scheduler } = streamForTest({ mergeWriteMs: 0 });
  const order: string[] = [];
  for (let count = 0; count < 3; count++) {
    const transport = new FakeTransport();
    transport.write = () => void order.push('viewer');
    stream.join(viewerOn(transport), FLV, 'next-keyframe');
  }
  const socket = new Duplex({
    read: () => {},
    writev: (_chunks, done) => (order.push('link'), done()),
  }) as unknown as Socket;
  const link = new Link(socket, {}, { run: () => {}, closed: () => {} });
  const feed = new Feed(stream, CHANNEL, { link: linkOf(link), scheduler, start: 'gop' });
  for (const packet of PACKETS) stream.write(packet);
  await new Promise((resolve) => setImmediate(resolve));
  feed.stop();
  // Headers before the keyframe, then the run.
  expect(order.filter((each, index) => each === 'link' || index > order.indexOf('link'))).toEqual([
    'link',
    'viewer',
    'viewer',
    'viewer',
  ]);
});

test.each([1, 3, 6])('a copy is sent as many runs as viewers get writes at %i Mbit/s', async (megabits) => {
  vi.useFakeTimers();
  const { stream, scheduler } = streamForTest({ mergeWriteMs: 350, gop_num: 0 });
  let runs = 0;
  const link = { queuedBytes: 0, sendRun: () => void runs++, sendEvent: () => {} };
  const feed = new Feed(stream, CHANNEL, { link, scheduler, start: 'gop' });
  const transport = new FakeTransport();
  stream.join(viewerOn(transport), FLV);
  const bytes = Math.round((megabits * 1e6) / 8 / 25);
  for (let frame = 0; frame < 250; frame++) {
    stream.write(packetOf(video(frame * 40, frame % 200, frame === 0 ? 'key' : 'inter', bytes)));
    await vi.advanceTimersByTimeAsync(40);
  }
  feed.stop();
  expect(transport.writes.length).toBeGreaterThan(20);
  // A viewer who begins is written the headers alone.
  expect(Math.abs(transport.writes.length - runs)).toBeLessThanOrEqual(2);
});

function linkOf(link: Pick<FeedLink, 'sendRun'>): FeedLink {
  return {
    queuedBytes: 0,
    sendRun: (channel, packets) => link.sendRun(channel, packets),
    sendEvent: () => {},
  };
}
