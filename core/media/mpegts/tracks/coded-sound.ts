// Where the coded bytes of an audio message are. Runs for every frame, so the usual form is read without an object.
import type { AudioCodec } from '../../packet.ts';
import { parseAudioBody } from '../../flv/tag-body.ts';

/** The result of `readCodedSound`, overwritten by the next call. */
export interface CodedSound {
  codec: AudioCodec | undefined;
  start: number;
  end: number;
  /** Nanoseconds to add to the presentation time. */
  timestampOffsetNano: number;
}

/** SoundFormat AAC and AACPacketType "raw" (FLV spec E.4.2.1, E.4.2.2). */
const SOUND_FORMAT_AAC = 10;
const AAC_HEADER = 2;
const AAC_RAW = 1;

/** Finds the frame of an audio message; false when it holds none. Throws `LVG_FLV` when the message is cut short. */
export function readCodedSound(payload: Buffer, sound: CodedSound): boolean {
  if ((payload[0] ?? 0) >> 4 === SOUND_FORMAT_AAC && payload.length >= AAC_HEADER) {
    if (payload[1] !== AAC_RAW) return false;
    sound.codec = 'aac';
    sound.start = AAC_HEADER;
    sound.end = payload.length;
    sound.timestampOffsetNano = 0;
    return true;
  }
  const body = parseAudioBody(payload);
  sound.codec = body.codec;
  sound.start = body.data.byteOffset - payload.byteOffset;
  sound.end = sound.start + body.data.length;
  sound.timestampOffsetNano = body.timestampOffsetNano;
  return body.packetType === 'coded-frames';
}
