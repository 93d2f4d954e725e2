// The bytes between two workers.
import { expect, test } from 'vitest';
import { FrameReader } from '../../../core/workers/link/frame-reader.ts';
import { buildMessage, buildRunHead, parseFrame, type Frame } from '../../../core/workers/link/frames.ts';
import { samplePackets } from '../../../testing/sample-packets.ts';

const PACKETS = samplePackets({ frames: 3, from: 2 ** 33 });
const MESSAGE = { is: 'tell', name: 'event', input: { at: new Date(0), bytes: Buffer.from([1, 2]) } };
const BYTES = Buffer.concat([
  buildMessage(MESSAGE),
  buildRunHead(7, PACKETS),
  ...PACKETS.map(({ payload }) => payload),
]);

function readIn(pieces: number): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((body) => frames.push(parseFrame(body)));
  for (let at = 0; at < BYTES.length; at += pieces) reader.push(BYTES.subarray(at, at + pieces));
  return frames;
}

test.each([1, 2, 3, 5, 64, BYTES.length])('frames are the same in pieces of %i bytes', (pieces) => {
  const [message, run] = readIn(pieces);
  expect(message).toEqual({
    is: 'message',
    value: { ...MESSAGE, input: expect.objectContaining({ at: new Date(0) }) },
  });
  expect(run).toEqual({ is: 'run', channel: 7, packets: PACKETS });
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
  ['a run without its number of packets', '0100000007'],
  ['a run with fewer heads than packets', '010000000700000001'],
  ['a packet of an unknown kind', '010000000700000001' + '09000000000000000000000000'],
  ['a packet that is longer than its run', '010000000700000001' + '02000000010000000000000000'],
  ['a run that is longer than its packets', '010000000700000001' + '01000000000000000000000000' + 'ff'],
])('%s is no frame', (_, hex) => {
  expect(() => parseFrame(Buffer.from(hex, 'hex'))).toThrow(RangeError);
});
