// The FLV codecs that a transport stream carries, and their names in the PMT and the PES headers.
import type { Codec } from '../packet.ts';

/** How a codec appears in a transport stream. */
export interface StreamType {
  /** stream_type of the PMT (ISO/IEC 13818-1 table 2-34; 0x81 and 0x87 are ATSC A/52's). */
  readonly type: number;
  /** stream_id of the PES header (table 2-22). */
  readonly streamId: number;
  /** Descriptors of the elementary stream in the PMT, ready to be written. */
  readonly descriptors: Buffer;
}

const VIDEO_STREAM = 0xe0;
const AUDIO_STREAM = 0xc0;
const PRIVATE_STREAM_1 = 0xbd;
const NONE = Buffer.alloc(0);

const AVC: StreamType = { type: 0x1b, streamId: VIDEO_STREAM, descriptors: NONE };
const HEVC: StreamType = { type: 0x24, streamId: VIDEO_STREAM, descriptors: registration('HEVC') };
const AAC: StreamType = { type: 0x0f, streamId: AUDIO_STREAM, descriptors: NONE };
const MPEG1_AUDIO: StreamType = { type: 0x03, streamId: AUDIO_STREAM, descriptors: NONE };
const MPEG2_AUDIO: StreamType = { type: 0x04, streamId: AUDIO_STREAM, descriptors: NONE };
const AC3: StreamType = { type: 0x81, streamId: PRIVATE_STREAM_1, descriptors: registration('AC-3') };
const EAC3: StreamType = { type: 0x87, streamId: PRIVATE_STREAM_1, descriptors: registration('EAC3') };

/** Whether `SegmentMuxer` carries the codec; frames of others are dropped and counted. */
export function isCarriedByTs(codec: Codec | undefined): boolean {
  return codec !== undefined && streamTypeOf(codec) !== undefined;
}

/**
 * The codec's place in a transport stream, undefined if it has none that players know.
 *
 * @param samplingFrequency in Hz; MPEG audio below 32 kHz is MPEG-2's (ISO/IEC 13818-3), the rest MPEG-1's.
 */
export function streamTypeOf(codec: Codec, samplingFrequency = 0): StreamType | undefined {
  switch (codec) {
    case 'avc':
      return AVC;
    case 'hevc':
      return HEVC;
    case 'aac':
      return AAC;
    case 'mp3':
      return samplingFrequency > 0 && samplingFrequency < 32_000 ? MPEG2_AUDIO : MPEG1_AUDIO;
    case 'ac3':
      return AC3;
    case 'eac3':
      return EAC3;
    default:
      return undefined;
  }
}

/** registration_descriptor (2.6.8) of a format identifier of four letters. */
function registration(identifier: string): Buffer {
  return Buffer.concat([Buffer.from([0x05, identifier.length]), Buffer.from(identifier, 'latin1')]);
}
