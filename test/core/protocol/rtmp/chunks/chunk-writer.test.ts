import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildChunks, chunkedByteLength } from '../../../../../core/protocol/rtmp/chunks/chunk-writer.ts';
import type { OutgoingMessage } from '../../../../../core/protocol/rtmp/chunks/chunk-writer.ts';
import { hex, readChunks } from './chunk-bytes.ts';

test('one message in chunks begins with a type 0 header and continues with type 3', () => {
  const message = {
    type: 9,
    streamId: 1,
    timestamp: 1000,
    payload: Buffer.from('abcdefgh'),
    chunkStreamId: 6,
  };
  expect(buildChunks(message, 3)).toEqual(hex('06 0003e8 000008 09 01000000 616263 c6 646566 c6 6768'));
});

test('one message in chunks carries the extended timestamp in every chunk', () => {
  const message = {
    type: 8,
    streamId: 1,
    timestamp: 0xffffff,
    payload: Buffer.from('abcd'),
    chunkStreamId: 4,
  };
  expect(buildChunks(message, 2)).toEqual(hex('04 ffffff 000004 08 01000000 00ffffff 6162 c4 00ffffff 6364'));
  expect(buildChunks({ ...message, timestamp: 0xfffffe }, 4)).toEqual(
    hex('04 fffffe 000004 08 01000000 61626364'),
  );
  expect(buildChunks({ ...message, timestamp: 0xffffffff }, 4).subarray(12, 16)).toEqual(hex('ffffffff'));
});

test.each([
  [63, '3f'],
  [64, '0000'],
  [319, '00ff'],
  [320, '010001'],
  [65599, '01ffff'],
])('one message in chunks writes chunk stream id %i as %s', (chunkStreamId, expected) => {
  const bytes = buildChunks(
    { type: 8, streamId: 0, timestamp: 0, payload: Buffer.alloc(0), chunkStreamId },
    128,
  );
  expect(bytes.toString('hex')).toBe(`${expected}0000000000000800000000`);
});

test('one message in chunks puts no empty chunk behind a payload that fills its chunks', () => {
  const message = { type: 8, streamId: 1, timestamp: 0, payload: Buffer.alloc(256), chunkStreamId: 4 };
  expect(buildChunks(message, 128).length).toBe(12 + 128 + 1 + 128);
});

/** Chunks of several messages in one stream, cut at chunk borders and mixed; one chunk stream id per message. */
function interleave(
  messages: readonly OutgoingMessage[],
  chunkSize: number,
  order: readonly number[],
): Buffer {
  const queues = messages.map((message) => {
    const bytes = buildChunks(message, chunkSize);
    const { chunkStreamId: id, timestamp, payload } = message;
    const first = chunkedByteLength(id, timestamp, Math.min(payload.length, chunkSize), chunkSize);
    const further =
      chunkedByteLength(id, timestamp, 2 * chunkSize, chunkSize) -
      chunkedByteLength(id, timestamp, chunkSize, chunkSize);
    const pieces = [bytes.subarray(0, first)];
    for (let offset = first; offset < bytes.length; offset += further)
      pieces.push(bytes.subarray(offset, offset + further));
    return pieces;
  });
  const mixed: Buffer[] = [];
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const start = (order[turn % order.length] ?? 0) % queues.length;
    const queue = [...queues.slice(start), ...queues.slice(0, start)].find(
      (candidate) => candidate.length > 0,
    );
    mixed.push(queue!.shift()!);
  }
  return Buffer.concat(mixed);
}

const message = fc.record({
  type: fc.constantFrom(8, 9, 15, 18, 20, 99),
  streamId: fc.nat({ max: 0xffffffff }),
  timestamp: fc.oneof(fc.nat({ max: 0xfffffe }), fc.integer({ min: 0xfffffe, max: 0xffffffff })),
  payload: fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
});
const ids = fc.uniqueArray(fc.oneof(fc.integer({ min: 2, max: 63 }), fc.integer({ min: 64, max: 65599 })), {
  minLength: 6,
  maxLength: 6,
});

test('messages are read as they were written, with any chunk size, interleaving and slicing', () => {
  const conversation = fc.record({
    records: fc.array(message, { minLength: 1, maxLength: 6 }),
    chunkStreamIds: ids,
    chunkSize: fc.integer({ min: 1, max: 800 }),
    order: fc.array(fc.nat(5), { minLength: 1 }),
    lengths: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
  });
  const property = fc.property(conversation, ({ records, chunkStreamIds, chunkSize, order, lengths }) => {
    const messages = records.map((record, index) => ({
      ...record,
      chunkStreamId: chunkStreamIds[index]!,
    }));
    const setChunkSize = Buffer.alloc(4);
    setChunkSize.writeUInt32BE(chunkSize);
    const head = buildChunks(
      { type: 1, streamId: 0, timestamp: 0, payload: setChunkSize, chunkStreamId: 2 },
      128,
    );
    const used = messages.filter((one) => one.chunkStreamId !== 2);
    fc.pre(used.length > 0);
    const bytes = Buffer.concat([head, interleave(used, chunkSize, order)]);
    const read = readChunks(bytes, lengths).slice(1);
    const byId = (a: OutgoingMessage, b: OutgoingMessage): number => a.chunkStreamId - b.chunkStreamId;
    expect(read.sort(byId)).toEqual(used.sort(byId));
  });
  fc.assert(property, { numRuns: 300 });
});

test('the length that is computed beforehand is the length that is written', () => {
  const property = fc.property(
    message,
    fc.integer({ min: 2, max: 65599 }),
    fc.integer({ min: 1, max: 800 }),
    (record, id, chunkSize) => {
      const bytes = buildChunks({ ...record, chunkStreamId: id }, chunkSize);
      expect(bytes.length).toBe(chunkedByteLength(id, record.timestamp, record.payload.length, chunkSize));
    },
  );
  fc.assert(property, { numRuns: 300 });
});
