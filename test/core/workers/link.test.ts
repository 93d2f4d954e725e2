// The bytes between two workers.
import { expect, test } from 'vitest';
import { FrameReader } from '../../../core/workers/link/frame-reader.ts';
import { buildMessage, buildPacketHead, parseFrame, type Frame } from '../../../core/workers/link/frames.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';

const PACKETS = samplePackets({ frames: 3, from: 2 ** 33 });
const MESSAGE = { is: 'tell', name: 'event', input: { at: new Date(0), bytes: Buffer.from([1, 2]) } };
const BYTES = Buffer.concat([
  buildMessage(MESSAGE),
  ...PACKETS.flatMap((packet) => [buildPacketHead(7, packet), packet.payload]),
]);

function readIn(pieces: number): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((body) => frames.push(parseFrame(body)));
  for (let at = 0; at < BYTES.length; at += pieces) reader.push(BYTES.subarray(at, at + pieces));
  return frames;
}

test.each([1, 2, 3, 5, 64, BYTES.length])('frames are the same in pieces of %i bytes', (pieces) => {
  const [message, ...packets] = readIn(pieces);
  expect(message).toEqual({
    is: 'message',
    value: { ...MESSAGE, input: expect.objectContaining({ at: new Date(0) }) },
  });
  expect(packets.map((frame) => frame.is === 'packet' && [frame.channel, frame.packet])).toEqual(
    PACKETS.map((packet) => [7, packet]),
  );
});

test.each([
  ['of no bytes', '00000000'],
  ['longer than any frame', 'ffffffff'],
])('a length %s ends the link', (_, hex) => {
  const reader = new FrameReader(() => {});
  expect(() => reader.push(Buffer.from(hex, 'hex'))).toThrow(RangeError);
});

test.each([
  ['an unknown type', '09'],
  ['a packet without a head', '0200000007'],
])('%s is no frame', (_, hex) => {
  expect(() => parseFrame(Buffer.from(hex, 'hex'))).toThrow(RangeError);
});
