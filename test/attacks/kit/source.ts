// What the healthy publisher sends: H.264 and AAC whose every frame says which one it is. And the judge of what a viewer
// gets: each frame once, in order, unchanged.
import type { WirePacket } from '../../helpers/rtmp-client.ts';
import { avcHeader } from '../../helpers/media/media.ts';

/** AAC at 32 kHz has a frame each 32 ms, so a picture and a frame of sound go together. */
export const FRAME_MS = 32;
/** A keyframe each 512 ms. */
const GROUP = 16;
const MARK_LENGTH = 8;

/** Even numbers are pictures, odd ones sound. Without zero bytes, so that nothing in it looks like a start code. */
function frameOf(index: number): Buffer {
  const video = index % 2 === 0;
  const size = video ? 200 + ((index * 7919) % 800) : 60;
  const frame = Buffer.alloc(size, 0x20 + (index % 90));
  frame[0] = video ? (isKey(index) ? 0x65 : 0x41) : 0x21;
  frame.write(index.toString(16).padStart(MARK_LENGTH, '0'), 1, 'latin1');
  return frame;
}

export function headers(): WirePacket[] {
  return [avcHeader(), { kind: 'audio', timestamp: 0, payload: Buffer.from('af001290', 'hex') }];
}

export function packetOf(index: number): WirePacket {
  const frame = frameOf(index);
  const timestamp = timeOf(index);
  if (index % 2 === 1) {
    return { kind: 'audio', timestamp, payload: Buffer.concat([Buffer.from([0xaf, 1]), frame]) };
  }
  const head = Buffer.from([isKey(index) ? 0x17 : 0x27, 1, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(frame.length, 5);
  return { kind: 'video', timestamp, payload: Buffer.concat([head, frame]) };
}

/** The frame in a packet; undefined for a sequence header or metadata. */
export function frameIn({ kind, payload }: WirePacket): Buffer | undefined {
  if (kind === 'data' || payload[1] === 0) return undefined;
  return payload.subarray(kind === 'video' ? 9 : 2);
}

function isKey(index: number): boolean {
  return index % (2 * GROUP) === 0;
}

function timeOf(index: number): number {
  return (index >> 1) * FRAME_MS;
}

/** Compares what one viewer gets with what was sent. */
export class Comparison {
  /** Number of the newest frame; -1 before the first. */
  reached = -1;
  fault: string | undefined;
  readonly #step: number;
  #offset: number | undefined;

  /** @param step - 2 for frames of one kind alone */
  constructor(step: 1 | 2) {
    this.#step = step;
  }

  take(frame: Buffer, timestamp?: number): void {
    const index = Number.parseInt(frame.toString('latin1', 1, 1 + MARK_LENGTH), 16);
    if (this.reached >= 0 && index !== this.reached + this.#step) {
      this.fault ??= `behind frame ${this.reached} came ${index}`;
    }
    if (!(index >= 0) || !frame.equals(frameOf(index))) this.fault ??= `frame ${index} was altered`;
    if (timestamp !== undefined) {
      const offset = timestamp - timeOf(index);
      this.#offset ??= offset;
      if (offset !== this.#offset) this.fault ??= `the time of frame ${index} was altered`;
    }
    this.reached = index;
  }
}
