// The bytes between two workers: frames, each with a length and a type.
//
//   message   length u32 │ 0 │ a value in V8's format
//   run       length u32 │ 1 │ channel u32 │ packets u32 │ heads │ FLV tag bodies
//   head      1 audio, 2 video, 3 data │ bytes of the body u32 │ timestamp f64, stream time in ms
//
// The length counts the bytes behind it. Numbers are big-endian. A run has the packets of one stream that are sent together.
import { deserialize, serialize } from 'node:v8';
import { describeAudio, describeData, describeVideo } from '../../media/flv/packet-info.ts';
import { MediaPacket, type MediaKind } from '../../media/packet.ts';

/** A segment or a packet of this size is none; the other side is broken. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

export const LENGTH_BYTES = 4;
const TYPE_MESSAGE = 0;
const TYPE_RUN = 1;
const KINDS: readonly (MediaKind | undefined)[] = [undefined, 'audio', 'video', 'data'];
/** Type, channel and number of packets. */
const RUN_BYTES = 1 + 4 + 4;
const HEAD_BYTES = 1 + 4 + 8;

const DESCRIBE = { audio: describeAudio, video: describeVideo, data: describeData } as const;

export type Frame =
  | { readonly is: 'message'; readonly value: unknown }
  | { readonly is: 'run'; readonly channel: number; readonly packets: readonly MediaPacket[] };

/** The bytes of a run before the payloads of its packets. */
export function buildRunHead(channel: number, packets: readonly MediaPacket[]): Buffer {
  const head = Buffer.allocUnsafe(LENGTH_BYTES + RUN_BYTES + packets.length * HEAD_BYTES);
  let bytes = head.length - LENGTH_BYTES;
  let at = LENGTH_BYTES + RUN_BYTES;
  for (const { kind, timestamp, payload } of packets) {
    head[at] = KINDS.indexOf(kind);
    head.writeUInt32BE(payload.length, at + 1);
    head.writeDoubleBE(timestamp, at + 5);
    at += HEAD_BYTES;
    bytes += payload.length;
  }
  head.writeUInt32BE(bytes, 0);
  head[LENGTH_BYTES] = TYPE_RUN;
  head.writeUInt32BE(channel, LENGTH_BYTES + 1);
  head.writeUInt32BE(packets.length, LENGTH_BYTES + 5);
  return head;
}

export function buildMessage(value: unknown): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + 1 + body.length);
  frame.writeUInt32BE(1 + body.length, 0);
  frame[LENGTH_BYTES] = TYPE_MESSAGE;
  body.copy(frame, LENGTH_BYTES + 1);
  return frame;
}

/** Reads the bytes behind a frame's length. Throws RangeError when they are none of the above. */
export function parseFrame(body: Buffer): Frame {
  if (body[0] === TYPE_MESSAGE) return { is: 'message', value: deserialize(body.subarray(1)) as unknown };
  if (body[0] !== TYPE_RUN || body.length < RUN_BYTES)
    throw new RangeError(`a frame of type ${body[0]} with ${body.length} bytes`);
  return { is: 'run', channel: body.readUInt32BE(1), packets: parseRun(body, body.readUInt32BE(5)) };
}

function parseRun(body: Buffer, count: number): MediaPacket[] {
  const headsEnd = RUN_BYTES + count * HEAD_BYTES;
  if (headsEnd > body.length) throw new RangeError(`a run of ${count} packets in ${body.length} bytes`);
  const packets: MediaPacket[] = [];
  let start = headsEnd;
  for (let head = RUN_BYTES; head < headsEnd; head += HEAD_BYTES) {
    const kind = KINDS[body[head]!];
    const end = start + body.readUInt32BE(head + 1);
    if (kind === undefined || end > body.length)
      throw new RangeError(`a packet of kind ${body[head]} up to byte ${end} in a run of ${body.length}`);
    const payload = body.subarray(start, end);
    packets.push(new MediaPacket(DESCRIBE[kind](payload), body.readDoubleBE(head + 5), payload));
    start = end;
  }
  if (start !== body.length) throw new RangeError(`a run of ${body.length} bytes with ${start} in use`);
  return packets;
}
