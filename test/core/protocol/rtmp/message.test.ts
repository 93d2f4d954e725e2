import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitAggregate } from '../../../../core/protocol/rtmp/aggregate.ts';
import { buildControl, parseControl } from '../../../../core/protocol/rtmp/message.ts';
import type { ControlMessage, RtmpMessage } from '../../../../core/protocol/rtmp/message.ts';
import { wrapTimestamp } from '../../../../core/protocol/rtmp/timestamp.ts';
import { hex } from './chunks/chunk-bytes.ts';

const cases: [ControlMessage, number, string][] = [
  [{ kind: 'set-chunk-size', chunkSize: 4096 }, 1, '00001000'],
  [{ kind: 'abort', chunkStreamId: 6 }, 2, '00000006'],
  [{ kind: 'acknowledgement', sequenceNumber: 0xfffffffe }, 3, 'fffffffe'],
  [{ kind: 'window-acknowledgement-size', size: 2_500_000 }, 5, '002625a0'],
  [{ kind: 'set-peer-bandwidth', size: 2_500_000, limit: 'hard' }, 6, '002625a000'],
  [{ kind: 'set-peer-bandwidth', size: 1, limit: 'soft' }, 6, '0000000101'],
  [{ kind: 'set-peer-bandwidth', size: 1, limit: 'dynamic' }, 6, '0000000102'],
  [{ kind: 'user-control', event: 'stream-begin', streamId: 1 }, 4, '000000000001'],
  [{ kind: 'user-control', event: 'stream-eof', streamId: 1 }, 4, '000100000001'],
  [{ kind: 'user-control', event: 'stream-dry', streamId: 1 }, 4, '000200000001'],
  [
    { kind: 'user-control', event: 'set-buffer-length', streamId: 1, milliseconds: 3000 },
    4,
    '00030000000100000bb8',
  ],
  [{ kind: 'user-control', event: 'stream-is-recorded', streamId: 1 }, 4, '000400000001'],
  [{ kind: 'user-control', event: 'ping-request', timestamp: 0x01020304 }, 4, '000601020304'],
  [{ kind: 'user-control', event: 'ping-response', timestamp: 0x01020304 }, 4, '000701020304'],
  [{ kind: 'user-control', event: 'swf-verify-request' }, 4, '001a'],
  [{ kind: 'user-control', event: 'swf-verify-response', eventType: 27, data: hex('0101') }, 4, '001b0101'],
  [{ kind: 'user-control', event: 'buffer-empty', streamId: 1 }, 4, '001f00000001'],
  [{ kind: 'user-control', event: 'buffer-ready', streamId: 1 }, 4, '002000000001'],
  [{ kind: 'user-control', event: 'unknown', eventType: 999, data: hex('aa') }, 4, '03e7aa'],
];

test.each(cases)('protocol control %o is type %i, %s, and back', (control, type, payload) => {
  expect(buildControl(control)).toEqual({ type, payload: hex(payload) });
  expect(parseControl(type, hex(payload))).toEqual(control);
});

test('a peer bandwidth without its limit type counts as dynamic', () => {
  expect(parseControl(6, hex('002625a0'))).toEqual({
    kind: 'set-peer-bandwidth',
    size: 2_500_000,
    limit: 'dynamic',
  });
});

test.each([
  [1, '0000'],
  [3, ''],
  [4, '00'],
  [4, '0000'],
  [4, '000300000001'],
  [5, '000000'],
  [6, '00'],
])('protocol control type %i with payload "%s" is rejected as too short', (type, payload) => {
  expect(() => parseControl(type, hex(payload))).toThrow(
    expect.objectContaining({ code: 'LVG_RTMP_MESSAGE' }),
  );
});

const split = (payload: Buffer, timestamp = 5000): RtmpMessage[] => {
  const parts: RtmpMessage[] = [];
  splitAggregate({ type: 22, streamId: 1, timestamp, payload, chunkStreamId: 6 }, (part) => parts.push(part));
  return parts;
};
const audio = '08 000002 000064 00 000000 af01 0000000d';
const video = '09 000003 000078 00 000000 170100 0000000e';

test('an aggregate gives its messages its own timestamp and their distance from the first', () => {
  expect(
    split(hex(audio + video)).map((part) => [
      part.type,
      part.timestamp,
      part.streamId,
      part.payload.toString('hex'),
    ]),
  ).toEqual([
    [8, 5000, 1, 'af01'],
    [9, 5020, 1, '170100'],
  ]);
});

test('an aggregate reads the upper byte of the timestamps and wraps at 32 bits', () => {
  const parts = split(
    hex('08 000000 ffffff 7f 000000 0000000b 08 000000 000001 80 000000 0000000b'),
    0xffffffff,
  );
  expect(parts.map((part) => part.timestamp)).toEqual([0xffffffff, 1]);
});

test('an aggregate may end without its last back pointer', () => {
  expect(split(hex(audio).subarray(0, -4))).toHaveLength(1);
});

test.each([
  hex(audio).subarray(0, 12),
  hex(audio + video).subarray(0, 20),
  hex('14 000000 000000 00 000000 0000000b'),
])('an aggregate that is cut off or holds a command is rejected', (payload) => {
  expect(() => split(payload)).toThrow(expect.objectContaining({ code: 'LVG_RTMP_MESSAGE' }));
});

describe('timestamps', () => {
  test.each([
    [0, 0],
    [1.9, 1],
    [2 ** 32 - 1, 0xffffffff],
    [2 ** 32, 0],
    [2 ** 33 + 5, 5],
    [-1, 0xffffffff],
    [-0.5, 0xffffffff],
  ])('%d ms continue the wire as %d', (time, raw) => {
    expect(wrapTimestamp(time)).toBe(raw);
  });

  test('are unsigned 32 bits, whatever the time', () => {
    const time = fc.double({ min: -(2 ** 40), max: 2 ** 50, noNaN: true });
    fc.assert(
      fc.property(time, (value) => {
        const raw = wrapTimestamp(value);
        expect(raw >>> 0 === raw).toBe(true);
        expect(BigInt.asUintN(32, BigInt(Math.floor(value)))).toBe(BigInt(raw));
      }),
    );
  });
});
