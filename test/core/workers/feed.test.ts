// What a worker sends of a stream to another that has a copy of it.
import { expect, test } from 'vitest';
import { MediaPacket } from '../../../core/media/packet.ts';
import { Feed } from '../../../core/workers/link/feed.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';
import { streamForTest } from '../stream/stream-kit.ts';

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
      void (expect(channel).toBe(CHANNEL), sent.push(packets.length)),
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
