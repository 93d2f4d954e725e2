// Messages of a publisher, and what becomes of them.
import { MessageCorrection, type Correction } from '../../../../core/media/correction/index.ts';
import { describeAudio, describeData, describeVideo } from '../../../../core/media/flv/tag-body.ts';
import type { FlvTag } from '../../../../core/media/flv/tag.ts';
import type { PacketInfo } from '../../../../core/media/packet.ts';

export interface Corrected {
  readonly info: PacketInfo;
  readonly timestamp: number;
  readonly payload: Buffer;
}

export interface Result {
  readonly messages: readonly Corrected[];
  readonly corrections: readonly Correction[];
}

/** What a stream gets of these tags. */
export function correct(tags: readonly FlvTag[], end: 'release' | 'wait' = 'release'): Result {
  const messages: Corrected[] = [];
  const corrections: Correction[] = [];
  const correction = new MessageCorrection({
    message: (info, timestamp, payload) => void messages.push({ info, timestamp, payload }),
    corrected: (what) => void corrections.push(what),
  });
  // A message belongs to the stream, which may write to it.
  for (const { type, timestamp, body } of tags)
    correction.push(describe(type, body), timestamp, Buffer.from(body));
  if (end === 'release') correction.release();
  return { messages, corrections };
}

export function describe(type: FlvTag['type'], body: Buffer): PacketInfo {
  if (type === 'video') return describeVideo(body);
  return type === 'audio' ? describeAudio(body) : describeData(body);
}

export function video(timestamp: number, payload: string | Buffer): FlvTag {
  return { type: 'video', timestamp, body: bytes(payload) };
}

export function audio(timestamp: number, payload: string | Buffer): FlvTag {
  return { type: 'audio', timestamp, body: bytes(payload) };
}

export function data(timestamp: number, payload: string | Buffer): FlvTag {
  return { type: 'script', timestamp, body: bytes(payload) };
}

/** `video 40 170100…`, with `!` behind keyframes. */
export function spell({ messages }: Result): string[] {
  return messages.map(
    ({ info, timestamp, payload }) =>
      `${info.kind} ${timestamp}${info.keyframe ? '!' : ''} ${payload.toString('hex')}`,
  );
}

function bytes(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload.replaceAll(' ', ''), 'hex') : payload;
}
