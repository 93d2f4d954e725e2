import { expect, test } from 'vitest';
import { ChunkReader } from '../../../../../core/protocol/rtmp/chunks/chunk-reader.ts';
import { buildChunks } from '../../../../../core/protocol/rtmp/chunks/chunk-writer.ts';
import type { RtmpMessage } from '../../../../../core/protocol/rtmp/message.ts';
import { hex, readBothWays, readChunks, slice } from './chunk-bytes.ts';

const summary = (messages: readonly RtmpMessage[]): unknown[] =>
  messages.map(({ type, streamId, timestamp, payload, chunkStreamId }) => [
    chunkStreamId,
    type,
    streamId,
    timestamp,
    payload.toString('hex'),
  ]);

test('the reader reads the four chunk types and gives each message its absolute time', () => {
  const bytes = hex(`
    04 0003e8 000002 08 01000000 aa01
    44 000014 000003 09 aa0203
    84 00000a aa0405
    c4 aa0607
  `);
  expect(summary(readBothWays(bytes))).toEqual([
    [4, 8, 1, 1000, 'aa01'],
    [4, 9, 1, 1020, 'aa0203'],
    [4, 9, 1, 1030, 'aa0405'],
    [4, 9, 1, 1040, 'aa0607'],
  ]);
});

test('the reader repeats the time of a type 0 chunk as delta when a type 3 chunk begins the next message (5.3.1.2.4)', () => {
  const bytes = hex('04 000017 000001 08 01000000 aa  c4 bb  c4 cc');
  expect(readBothWays(bytes).map((message) => message.timestamp)).toEqual([23, 46, 69]);
});

test('the reader reads chunk stream ids of one, two and three bytes', () => {
  const header = '000000 000001 08 01000000 77';
  const bytes = hex(`3f ${header}  00 00 ${header}  00 ff ${header}  01 00 01 ${header}  01 ff ff ${header}`);
  expect(readBothWays(bytes).map((message) => message.chunkStreamId)).toEqual([63, 64, 319, 320, 65599]);
});

test('the reader reads the message stream id as little-endian 32 bits', () => {
  const [message] = readBothWays(hex('04 000000 000000 08 040302ff'));
  expect(message!.streamId).toBe(0xff020304);
  expect(message!.payload.length).toBe(0);
});

test('the reader takes a type 1 chunk on a fresh chunk stream, as in librtmp’s first ping', () => {
  expect(summary(readBothWays(hex('42 000000 000006 04 0007 00000001')))).toEqual([
    [2, 4, 0, 0, '000700000001'],
  ]);
});

test.each([
  ['82 000000', /type 2/],
  ['c2', /type 3/],
])('the reader rejects %s on a fresh chunk stream', (bytes, message) => {
  expect(() => readChunks(hex(bytes))).toThrow(message);
});

test('the reader wraps the 32-bit time of a delta', () => {
  const bytes = hex('04 ffffff 000001 08 01000000 fffffff0 aa  84 000020 bb');
  expect(readBothWays(bytes).map((message) => message.timestamp)).toEqual([0xfffffff0, 0x10]);
});

const payload = Buffer.alloc(300, 0x5a);
const message = { type: 9, streamId: 1, timestamp: 0x01020304, payload, chunkStreamId: 6 };

test('extended timestamps are repeated on type 3 chunks', () => {
  expect(summary(readBothWays(buildChunks(message, 128)))).toEqual([
    [6, 9, 1, 0x01020304, payload.toString('hex')],
  ]);
});

test('extended timestamps may be missing on type 3 chunks', () => {
  const bytes = Buffer.concat([
    hex('06 ffffff 00012c 09 01000000 01020304'),
    payload.subarray(0, 128),
    hex('c6'),
    payload.subarray(128, 256),
    hex('c6'),
    payload.subarray(256),
  ]);
  expect(summary(readBothWays(bytes))).toEqual([[6, 9, 1, 0x01020304, payload.toString('hex')]]);
});

test('extended timestamps may be missing although the payload begins like one', () => {
  const tricky = Buffer.from(payload);
  tricky.set([1, 2, 3], 128);
  const bytes = Buffer.concat([
    hex('06 ffffff 00012c 09 01000000 01020304'),
    tricky.subarray(0, 128),
    hex('c6'),
    tricky.subarray(128, 256),
    hex('c6'),
    tricky.subarray(256),
  ]);
  expect(summary(readBothWays(bytes))).toEqual([[6, 9, 1, 0x01020304, tricky.toString('hex')]]);
});

test('extended timestamps that are missing hold back no message whose last chunk has fewer than four bytes', () => {
  const short = Buffer.alloc(130, 7);
  const bytes = Buffer.concat([
    hex('06 ffffff 000082 09 01000000 01020304'),
    short.subarray(0, 128),
    hex('c6 0707'),
  ]);
  expect(readBothWays(bytes)).toHaveLength(1);
});

test('extended timestamps may repeat the absolute time behind a header with an extended delta', () => {
  const bytes = Buffer.concat([
    hex('06 000010 000001 09 01000000 aa'),
    hex('46 ffffff 000082 09 01000000'),
    Buffer.alloc(128, 7),
    hex('c6 01000010 0707'),
  ]);
  expect(readBothWays(bytes).map(({ timestamp, payload }) => [timestamp, payload.length])).toEqual([
    [0x10, 1],
    [0x01000010, 130],
  ]);
});

test('extended timestamps that are missing where type 3 begins a message mean the same time again, as from librtmp', () => {
  const bytes = hex('04 ffffff 000002 08 01000000 01020304 aabb  c4 ccdd');
  expect(readBothWays(bytes).map((message) => message.timestamp)).toEqual([0x01020304, 0x01020304]);
});

test('the reader puts interleaved chunk streams together', () => {
  const audio = Buffer.alloc(200, 1);
  const video = Buffer.alloc(300, 2);
  const bytes = Buffer.concat([
    hex('06 000000 00012c 09 01000000'),
    video.subarray(0, 128),
    hex('04 000000 0000c8 08 01000000'),
    audio.subarray(0, 128),
    hex('c6'),
    video.subarray(128, 256),
    hex('c4'),
    audio.subarray(128),
    hex('c6'),
    video.subarray(256),
  ]);
  expect(readBothWays(bytes).map(({ type, payload }) => [type, payload])).toEqual([
    [8, audio],
    [9, video],
  ]);
});

test('the reader obeys Set Chunk Size from the next chunk on, in the middle of another message too', () => {
  const payload = Buffer.alloc(1000, 3);
  const bytes = Buffer.concat([
    hex('06 000000 0003e8 09 01000000'),
    payload.subarray(0, 128),
    hex('02 000000 000004 01 00000000 00000200'),
    hex('c6'),
    payload.subarray(128, 640),
    hex('c6'),
    payload.subarray(640),
  ]);
  expect(readBothWays(bytes).map(({ type, payload }) => [type, payload.length])).toEqual([
    [1, 4],
    [9, 1000],
  ]);
});

test.each(['00000000', '80000000', 'ffffffff', '0000'])('the reader rejects chunk size %s', (value) => {
  const length = (value.length / 2).toString(16).padStart(6, '0');
  expect(() => readChunks(hex(`02 000000 ${length} 01 00000000 ${value}`))).toThrow(/1 to 2147483647/);
});

test('the reader takes a chunk size above the longest message as that (5.4.1)', () => {
  const reader = new ChunkReader({ onMessage: () => undefined });
  reader.push(hex('02 000000 000004 01 00000000 7fffffff'));
  expect(reader.chunkSize).toBe(0xffffff);
});

test('the reader drops an aborted message and continues with the next', () => {
  const bytes = Buffer.concat([
    hex('06 000000 00012c 09 01000000'),
    Buffer.alloc(128),
    hex('02 000000 000004 02 00000000 00000006'),
    hex('06 000000 000001 09 01000000 aa'),
  ]);
  expect(readBothWays(bytes).map(({ type, payload }) => [type, payload.length])).toEqual([
    [2, 4],
    [9, 1],
  ]);
});

test('the reader drops and counts a message that another interrupts on the same chunk stream', () => {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader({ onMessage: (message) => messages.push(message) });
  reader.push(
    Buffer.concat([
      hex('06 000000 00012c 09 01000000'),
      Buffer.alloc(128),
      hex('06 000005 000001 09 01000000 aa'),
    ]),
  );
  expect(messages.map((message) => message.timestamp)).toEqual([5]);
  expect(reader.discardedMessages).toBe(1);
  expect(reader.unfinishedBytes).toBe(0);
});

test('the reader continues with a message whose further chunks repeat its full header', () => {
  const header = hex('06 000007 000082 09 01000000');
  const bytes = Buffer.concat([header, Buffer.alloc(128, 1), header, Buffer.alloc(2, 2)]);
  expect(readBothWays(bytes).map(({ payload }) => payload.length)).toEqual([130]);
});

test('the reader hands out nothing more once the receiver has closed it', () => {
  let count = 0;
  const reader = new ChunkReader({
    onMessage() {
      count++;
      reader.close();
    },
  });
  reader.push(hex('04 000000 000001 08 01000000 aa  c4 bb'));
  reader.push(hex('c4 bb'));
  expect(count).toBe(1);
});

test('the reader rejects a message longer than allowed before its memory is taken', () => {
  expect(() => readChunks(hex('06 000000 000401 09 01000000'), [1], { maxMessageLength: 1024 })).toThrow(
    /1025 bytes/,
  );
});

test('the reader rejects one chunk stream too many', () => {
  const bytes = hex(
    '04 000000 000000 08 01000000  05 000000 000000 08 01000000  06 000000 000000 08 01000000',
  );
  expect(readChunks(bytes, [1], { maxChunkStreams: 3 })).toHaveLength(3);
  expect(() => readChunks(bytes, [1], { maxChunkStreams: 2 })).toThrow(/limit is 2/);
});

test('the reader takes memory as bytes come: 60 messages of 16 MB begun are 60 times 256 KiB and no more', () => {
  const reader = new ChunkReader({ onMessage: () => undefined });
  for (let id = 3; id < 63; id++) {
    reader.push(Buffer.concat([Buffer.from([id]), hex('000000 ffffff 09 01000000'), Buffer.alloc(128)]));
  }
  expect(reader.unfinishedBytes).toBe(60 * 256 * 1024);
});

test('the reader rejects more unfinished bytes than allowed over all chunk streams', () => {
  const reader = new ChunkReader({ onMessage: () => undefined }, { maxUnfinishedBytes: 1000 });
  reader.push(Buffer.concat([hex('04 000000 000258 08 01000000'), Buffer.alloc(128)]));
  expect(() => reader.push(hex('05 000000 000258 08 01000000 00'))).toThrow(/1000 bytes/);
});

test.each([1, 13, 4096])(
  'the reader counts a message that lies whole in a read of %i bytes as it counts a cut one',
  (size) => {
    const reader = new ChunkReader({ onMessage: () => undefined }, { maxUnfinishedBytes: 1000 });
    reader.push(Buffer.concat([hex('04 000000 0003de 08 01000000'), Buffer.alloc(128)]));
    const bytes = Buffer.concat([hex('05 000000 000014 08 01000000'), Buffer.alloc(20)]);
    expect(() => slice(bytes, [size]).forEach((each) => reader.push(each))).toThrow(/1000 bytes/);
  },
);

test('the reader takes exactly as much memory as a long message is long, also for those that grow', () => {
  for (const length of [0, 1, 128, 129, 5000, 16_384, 16_385, 262_144, 262_145, 1_000_000]) {
    const payload = Buffer.alloc(length, 9);
    const bytes = buildChunks({ type: 9, streamId: 1, timestamp: 0, payload, chunkStreamId: 6 }, 128);
    const [message] = readChunks(bytes, [1460]);
    expect(message!.payload.equals(payload)).toBe(true);
    const { byteLength } = message!.payload.buffer;
    // Shorter ones share a slab.
    if (length > 16_384) expect(byteLength).toBe(length);
    else expect(byteLength).toBeLessThanOrEqual(128 * 1024);
  }
});

test('the reader hands on a message that lies whole in one read where it lies, and copies one that does not, once', () => {
  const bytes = hex('04 000000 000003 08 01000000 aabbcc');
  let whole: RtmpMessage | undefined;
  new ChunkReader({ onMessage: (message) => (whole = message) }).push(bytes);
  expect(whole!.payload.buffer).toBe(bytes.buffer);
  expect(whole!.payload.byteOffset).toBe(bytes.byteOffset + 12);
  const [cut] = readChunks(Buffer.from(bytes), [13, 2]);
  bytes.fill(0);
  expect(cut!.payload.toString('hex')).toBe('aabbcc');
});
