// The clip that every server gets. ffmpeg makes it once; it is then packed into the messages that the load generator
// publishes, with room for a send time in every video frame.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../processes/children.ts';

export const CLIP_SECONDS = 60;
const VIDEO_BITS = '1090k';
const AUDIO_BITS = '96k';

/** Names the SEI message (user_data_unregistered, H.264 annex D.2.7) that carries the send time. */
const MARK_ID = 'livego-bench-ts.';
/** Nanoseconds as 16 hexadecimal digits, then the frame's number as 8. Text needs no emulation prevention. */
const MARK_DIGITS = 24;

export interface ClipMessage {
  /** Milliseconds from the start of the clip. */
  readonly timestamp: number;
  /** RTMP message type: 8 audio, 9 video, 18 data. */
  readonly type: number;
  /** Sent once and not again with every turn of the loop: metadata and sequence headers. */
  readonly once: boolean;
  /** Offset of the mark's digits in the payload; 0 without a mark. */
  readonly markOffset: number;
  readonly payload: Buffer;
}

export interface Clip {
  /** The clip as ffmpeg made it. */
  readonly flv: string;
  /** The clip packed for the load generator. */
  readonly path: string;
  readonly durationMs: number;
  /** Payload bytes per second while the clip loops. */
  readonly bytesPerSecond: number;
  readonly messagesPerSecond: number;
}

/** Makes the clip if `folder` does not contain it yet, which takes about 7 s. */
export function prepareClip(folder: string): Clip {
  // A change of the recipe makes another clip, so the file is named by the recipe's hash.
  const name = `clip-${createHash('sha256').update(encoderArguments().join(' ')).digest('hex').slice(0, 8)}`;
  const flv = join(folder, `${name}.flv`);
  if (!existsSync(flv)) {
    const partial = join(folder, 'clip.partial.flv');
    runToEnd('ffmpeg', encoderArguments().concat('-y', partial));
    renameSync(partial, flv);
  }
  const durationMs = CLIP_SECONDS * 1000;
  const messages = packMessages(readFileSync(flv), durationMs);
  const path = join(folder, `${name}.bin`);
  writeFileSync(path, buildPackage(messages, durationMs));
  const looped = messages.filter((message) => !message.once);
  return {
    flv,
    path,
    durationMs,
    bytesPerSecond: looped.reduce((total, message) => total + message.payload.length, 0) / CLIP_SECONDS,
    messagesPerSecond: looped.length / CLIP_SECONDS,
  };
}

function encoderArguments(): string[] {
  const constantRate = `-b:v ${VIDEO_BITS} -minrate ${VIDEO_BITS} -maxrate ${VIDEO_BITS} -bufsize ${VIDEO_BITS}`;
  const lines = [
    '-v error -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i anoisesrc=r=48000:a=0.1:c=pink:seed=1',
    `-t ${CLIP_SECONDS} -c:v libx264 -preset veryfast -pix_fmt yuv420p -profile:v main`,
    `-bf 0 -g 60 -keyint_min 60 -sc_threshold 0 ${constantRate}`,
    `-c:a aac -b:a ${AUDIO_BITS} -ar 48000 -ac 2 -f flv`,
  ];
  return lines.flatMap((line) => line.split(' '));
}

/** Turns the tags of an FLV file into messages. Tags that would overlap the next turn of the loop are left out. */
export function packMessages(flv: Buffer, durationMs: number): ClipMessage[] {
  const messages: ClipMessage[] = [];
  let at = flv.readUInt32BE(5) + 4;
  while (at + 11 <= flv.length) {
    const type = flv.readUInt8(at) & 0x1f;
    const size = flv.readUIntBE(at + 1, 3);
    const timestamp = flv.readUIntBE(at + 4, 3) | (flv.readUInt8(at + 7) << 24);
    const body = flv.subarray(at + 11, at + 11 + size);
    at += 11 + size + 4;
    if (timestamp >= durationMs || isSequenceEnd(type, body)) continue;
    const once = type === 18 || body[1] === 0;
    if (type === 18) messages.push({ timestamp, type, once, markOffset: 0, payload: asSetDataFrame(body) });
    else if (type === 9 && !once) messages.push({ timestamp, type, once, ...withMark(body) });
    else messages.push({ timestamp, type, once, markOffset: 0, payload: body });
  }
  return messages;
}

/** Builds the load generator's file: 'LGBC', count, duration, then each message as a header of 12 bytes and its payload. */
export function buildPackage(messages: readonly ClipMessage[], durationMs: number): Buffer {
  const head = Buffer.alloc(12);
  head.write('LGBC', 'latin1');
  head.writeUInt32BE(messages.length, 4);
  head.writeUInt32BE(durationMs, 8);
  const parts: Buffer[] = [head];
  for (const message of messages) {
    const header = Buffer.alloc(12);
    header.writeUInt32BE(message.timestamp, 0);
    header.writeUInt8(message.type, 4);
    header.writeUInt8(message.once ? 1 : 0, 5);
    header.writeUInt16BE(message.markOffset, 6);
    header.writeUInt32BE(message.payload.length, 8);
    parts.push(header, message.payload);
  }
  return Buffer.concat(parts);
}

function isSequenceEnd(type: number, body: Buffer): boolean {
  return body.length === 0 || (type === 9 && body[1] === 2);
}

function asSetDataFrame(body: Buffer): Buffer {
  const name = '@setDataFrame';
  const prefix = Buffer.alloc(3 + name.length);
  prefix.writeUInt8(2, 0);
  prefix.writeUInt16BE(name.length, 1);
  prefix.write(name, 3, 'latin1');
  return Buffer.concat([prefix, body]);
}

/** Inserts an SEI with room for the mark before the frame's first NAL unit. The stream stays valid H.264. */
function withMark(body: Buffer): { markOffset: number; payload: Buffer } {
  const size = MARK_ID.length + MARK_DIGITS;
  const sei = Buffer.alloc(4 + 3 + size + 1);
  sei.writeUInt32BE(3 + size + 1, 0);
  sei.set([6, 5, size], 4);
  sei.write(MARK_ID + '0'.repeat(MARK_DIGITS), 7, 'latin1');
  sei.writeUInt8(0x80, 7 + size);
  return {
    markOffset: 5 + 7 + MARK_ID.length,
    payload: Buffer.concat([body.subarray(0, 5), sei, body.subarray(5)]),
  };
}
