// The elementary streams of a segment: this folder turns FLV messages into the frames of a transport stream, with their
// times. PES packets and transport packets are the work of the folder above.
//
// This file is the video: decoder configuration, access units and their times.
import { parseAvcDecoderConfigurationRecord } from '../../avc/index.ts';
import { parseHevcDecoderConfigurationRecord } from '../../hevc/index.ts';
import { AccessUnitWriter, type AccessUnitFormat } from './access-unit.ts';
import type { CodedVideo } from './coded-data.ts';
import { TICKS_PER_MS } from '../timestamp.ts';

/** Video codecs that the muxer carries. */
type TsVideoCodec = AccessUnitFormat['syntax'];

/** Decoding times are not moved further than any picture reordering needs; in ticks, 2 s. */
const MAX_LEAD = 2000 * TICKS_PER_MS;

/** State of the video elementary stream from one segment to the next. */
export class VideoTrack {
  /** The codec of the last decoder configuration; undefined before the first one. */
  #codec: TsVideoCodec | undefined;
  #pts = 0;
  #dts = 0;
  #writer: AccessUnitWriter | undefined;
  #lastDts = Number.NEGATIVE_INFINITY;
  #lead = 0;

  /** Times of the access unit that `time` was last called for, in ticks. */
  get pts(): number {
    return this.#pts;
  }

  get dts(): number {
    return this.#dts;
  }

  /** Takes a sequence header. Throws `LVG_MEDIA`; the configuration before it stays. */
  configure(codec: TsVideoCodec, record: Buffer): void {
    this.#writer = new AccessUnitWriter(codec === 'avc' ? readAvc(record) : readHevc(record));
    this.#codec = codec;
  }

  /** The writer of access units; undefined before a decoder configuration of this codec. */
  writerOf(codec: TsVideoCodec): AccessUnitWriter | undefined {
    return codec === this.#codec ? this.#writer : undefined;
  }

  /** Gives up the memory of the last access unit. */
  release(): void {
    this.#writer?.release();
  }

  /** Forgets the times, not the configuration. */
  resetTimes(): void {
    this.#lastDts = Number.NEGATIVE_INFINITY;
    this.#lead = 0;
  }

  /**
   * Sets `pts` and `dts` of an access unit. `decoding` is its FLV timestamp in ticks.
   *
   * The presentation time is always the source's. Decoding times grow strictly and never pass it: from the first
   * negative composition time on, decoding is earlier by the most negative one so far.
   */
  time(decoding: number, frame: CodedVideo): void {
    const offset =
      frame.compositionTime * TICKS_PER_MS + Math.round((frame.timestampOffsetNano * 9) / 100_000);
    this.#lead = Math.max(this.#lead, Math.min(-offset, MAX_LEAD));
    const dts = Math.min(decoding - this.#lead, decoding + offset);
    this.#dts = Math.max(dts, this.#lastDts + 1);
    this.#pts = Math.max(decoding + offset, this.#dts);
    this.#lastDts = this.#dts;
  }
}

function readAvc(record: Buffer): AccessUnitFormat {
  const { lengthSize, sps, spsExtensions, pps } = parseAvcDecoderConfigurationRecord(record);
  return { syntax: 'avc', lengthSize, parameterSets: [...sps, ...spsExtensions, ...pps] };
}

function readHevc(record: Buffer): AccessUnitFormat {
  const { lengthSize, vps, sps, pps } = parseHevcDecoderConfigurationRecord(record);
  return { syntax: 'hevc', lengthSize, parameterSets: [...vps, ...sps, ...pps] };
}
