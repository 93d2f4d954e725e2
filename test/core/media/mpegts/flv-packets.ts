// FLV messages for the muxer, built by hand from the specification's fields.
import { describeAudio, describeVideo } from '../../../../core/media/flv/tag-body.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';

export const SPS = Buffer.from('67640015acd9416096c04401000003000100000300320f162d96', 'hex');
export const PPS = Buffer.from('68ebe3cb22c0', 'hex');
/** AAC LC, 48 kHz, stereo. */
export const AAC_CONFIG = Buffer.from('1190', 'hex');

export function avcRecord(lengthSize = 4, sps = SPS, pps = PPS): Buffer {
  return Buffer.concat([
    Buffer.from([1, sps[1]!, sps[2]!, sps[3]!, 0xfc | (lengthSize - 1), 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  ]);
}

/** NAL units with their lengths. */
export function avcc(units: readonly Buffer[], lengthSize = 4): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const length = Buffer.alloc(lengthSize);
      length.writeUIntBE(unit.length, 0, lengthSize);
      return [length, unit];
    }),
  );
}

export interface VideoFields {
  readonly keyframe?: boolean;
  readonly compositionTime?: number;
  readonly form?: 'legacy' | 'coded-frames' | 'coded-frames-x';
  readonly fourCc?: string;
}

export function videoHeader(record = avcRecord(), fields: VideoFields = {}): MediaPacket {
  const head =
    (fields.form ?? 'legacy') === 'legacy'
      ? Buffer.from([0x17, 0, 0, 0, 0])
      : Buffer.concat([Buffer.from([0x90]), Buffer.from(fields.fourCc ?? 'avc1')]);
  return video(0, Buffer.concat([head, record]));
}

export function videoFrame(timestamp: number, data: Buffer, fields: VideoFields = {}): MediaPacket {
  const type = fields.keyframe ? 1 : 2;
  const time = Buffer.alloc(3);
  time.writeIntBE(fields.compositionTime ?? 0, 0, 3);
  const fourCc = Buffer.from(fields.fourCc ?? 'avc1');
  switch (fields.form ?? 'legacy') {
    case 'legacy':
      return video(timestamp, Buffer.concat([Buffer.from([(type << 4) | 7, 1]), time, data]));
    case 'coded-frames':
      return video(timestamp, Buffer.concat([Buffer.from([0x80 | (type << 4) | 1]), fourCc, time, data]));
    default:
      return video(timestamp, Buffer.concat([Buffer.from([0x80 | (type << 4) | 3]), fourCc, data]));
  }
}

export function aacHeader(config = AAC_CONFIG, form: 'legacy' | 'enhanced' = 'legacy'): MediaPacket {
  const head = form === 'legacy' ? Buffer.from([0xaf, 0]) : Buffer.from('\u0090mp4a', 'latin1');
  return audio(0, Buffer.concat([head, config]));
}

export function aacFrame(
  timestamp: number,
  data: Buffer,
  form: 'legacy' | 'enhanced' = 'legacy',
): MediaPacket {
  const head = form === 'legacy' ? Buffer.from([0xaf, 1]) : Buffer.from('\u0091mp4a', 'latin1');
  return audio(timestamp, Buffer.concat([head, data]));
}

export function enhancedAudio(timestamp: number, fourCc: string, data: Buffer): MediaPacket {
  return audio(timestamp, Buffer.concat([Buffer.from([0x91]), Buffer.from(fourCc), data]));
}

export function video(timestamp: number, payload: Buffer): MediaPacket {
  return new MediaPacket(describeVideo(payload), timestamp, payload);
}

export function audio(timestamp: number, payload: Buffer): MediaPacket {
  return new MediaPacket(describeAudio(payload), timestamp, payload);
}

/** A slice of the given type and size, without a start code in it. */
export function slice(type: number, size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at === 0 ? type : 1 + (at % 251))));
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
