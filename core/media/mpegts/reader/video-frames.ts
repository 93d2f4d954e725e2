// Pictures of H.264 and HEVC, from start codes to the bodies of FLV tags. A PES packet holds one picture, as muxers write it.
import { AVC_NAL } from '../../avc/index.ts';
import { buildRecord, nalType } from '../../correction/parameter-sets.ts';
import type { NalSyntax } from '../../correction/picture-look.ts';
import { readStartCodes, withLengths } from '../../correction/start-codes.ts';
import { HEVC_NAL } from '../../hevc/index.ts';
import { TICKS_PER_MS } from '../timestamp.ts';
import type { PesPacket } from './pes-packet.ts';

/** The bodies of FLV video tags. */
export interface VideoBodies {
  /** A new sequence header. */
  readonly header: Buffer | undefined;
  readonly frame: Buffer | undefined;
}

const NOTHING: VideoBodies = { header: undefined, frame: undefined };
const LENGTH_SIZE = 4;

/** FrameType and CodecID, AVCPacketType, CompositionTime (FLV spec E.4.3.1). */
const AVC_CODEC_ID = 7;
/** ExVideoTagHeader, PacketType and FourCC of Enhanced RTMP. */
const ENHANCED = 0x80;
const HVC1 = Buffer.from('hvc1');

export class VideoFrames {
  readonly #syntax: NalSyntax;
  #record: Buffer | undefined;

  constructor(syntax: NalSyntax) {
    this.#syntax = syntax;
  }

  read({ payload, pts, dts, randomAccess }: PesPacket): VideoBodies {
    const syntax = this.#syntax;
    const units = readStartCodes(payload, syntax);
    const record = buildRecord(units, syntax);
    const isNew = record !== undefined && !this.#record?.equals(record);
    if (isNew) this.#record = record;
    // Nothing can be decoded before the first parameter sets.
    if (!this.#record) return NOTHING;
    const coded = units.filter((unit) => !isSetOrDelimiter(nalType(unit, syntax), syntax));
    const isKey = randomAccess || coded.some((unit) => isRandomAccess(nalType(unit, syntax), syntax));
    const head = frameHead(syntax, isKey, Math.round((pts - dts) / TICKS_PER_MS));
    return {
      header: isNew ? Buffer.concat([headerHead(syntax), record]) : undefined,
      frame: coded.length === 0 ? undefined : withLengths(head, coded, LENGTH_SIZE),
    };
  }
}

/** Whether decoding can begin with a picture that has such a NAL unit. */
function isRandomAccess(type: number, syntax: NalSyntax): boolean {
  // IDR of H.264; BLA, IDR and CRA of HEVC.
  return syntax === 'avc' ? type === 5 : type >= 16 && type <= 21;
}

function isSetOrDelimiter(type: number, syntax: NalSyntax): boolean {
  if (syntax === 'avc') return type >= AVC_NAL.sps && type <= AVC_NAL.accessUnitDelimiter;
  return type >= HEVC_NAL.vps && type <= HEVC_NAL.accessUnitDelimiter;
}

function headerHead(syntax: NalSyntax): Buffer {
  return syntax === 'avc'
    ? Buffer.of(0x10 | AVC_CODEC_ID, 0, 0, 0, 0)
    : Buffer.concat([Buffer.of(ENHANCED | 0x10), HVC1]);
}

function frameHead(syntax: NalSyntax, isKey: boolean, compositionTime: number): Buffer {
  const frameType = isKey ? 0x10 : 0x20;
  const time = Buffer.alloc(3);
  // Times that do not fit are of damaged files.
  time.writeIntBE(Math.max(-0x800000, Math.min(0x7fffff, compositionTime)), 0, 3);
  return syntax === 'avc'
    ? Buffer.concat([Buffer.of(frameType | AVC_CODEC_ID, 1), time])
    : Buffer.concat([Buffer.of(ENHANCED | frameType | 1), HVC1, time]);
}
