// The bytes between two workers: frames, each with a length and a type.
//
//   message   length u32 │ 0 │ a value in V8's format
//   packet    length u32 │ 1 audio, 2 video, 3 data │ channel u32 │ timestamp f64, stream time in ms │ FLV tag body
//
// The length counts the bytes behind it. Numbers are big-endian.
import { deserialize, serialize } from 'node:v8';
import { describeAudio, describeData, describeVideo } from '../../media/flv/packet-info.ts';
import { MediaPacket, type MediaKind } from '../../media/packet.ts';

/** A segment or a packet of this size is none; the other side is broken. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

export const LENGTH_BYTES = 4;
const TYPE_MESSAGE = 0;
const TYPES: readonly (MediaKind | undefined)[] = [undefined, 'audio', 'video', 'data'];
const PACKET_HEAD_BYTES = LENGTH_BYTES + 1 + 4 + 8;

const DESCRIBE = { audio: describeAudio, video: describeVideo, data: describeData } as const;

export type Frame =
  | { readonly is: 'message'; readonly value: unknown }
  | { readonly is: 'packet'; readonly channel: number; readonly packet: MediaPacket };

/** The bytes before a packet's payload. */
export function buildPacketHead(channel: number, { kind, timestamp, payload }: MediaPacket): Buffer {
  const head = Buffer.allocUnsafe(PACKET_HEAD_BYTES);
  head.writeUInt32BE(PACKET_HEAD_BYTES - LENGTH_BYTES + payload.length, 0);
  head[LENGTH_BYTES] = TYPES.indexOf(kind);
  head.writeUInt32BE(channel, LENGTH_BYTES + 1);
  head.writeDoubleBE(timestamp, LENGTH_BYTES + 5);
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
  const type = body[0];
  if (type === TYPE_MESSAGE) return { is: 'message', value: deserialize(body.subarray(1)) as unknown };
  const kind = type === undefined ? undefined : TYPES[type];
  if (kind === undefined || body.length < PACKET_HEAD_BYTES - LENGTH_BYTES)
    throw new RangeError(`a frame of type ${type} with ${body.length} bytes`);
  const payload = body.subarray(PACKET_HEAD_BYTES - LENGTH_BYTES);
  const packet = new MediaPacket(DESCRIBE[kind](payload), body.readDoubleBE(5), payload);
  return { is: 'packet', channel: body.readUInt32BE(1), packet };
}
