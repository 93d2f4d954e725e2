// Coded frames that decode to silence, in place of frames of the same length in time.
import { parseMp3FrameHeader } from '../mp3/index.ts';
import { opusPacketSamples } from '../opus/index.ts';

/** Syntactic elements of a raw_data_block (ISO/IEC 14496-3 table 4.85). */
const SCE = 0;
const CPE = 1;
const LFE = 3;
const END = 7;

/** Elements by channel configuration (ISO/IEC 14496-3 table 1.19). */
const AAC_ELEMENTS: readonly (readonly number[] | undefined)[] = [
  undefined,
  [SCE],
  [CPE],
  [SCE, CPE],
  [SCE, CPE, SCE],
  [SCE, CPE, CPE],
  [SCE, CPE, CPE, LFE],
  [SCE, CPE, CPE, CPE, LFE],
];

/** A raw_data_block of one frame without a spectrum; undefined for channels that only a program_config_element names. */
export function silentAacFrame(channelConfiguration: number): Buffer | undefined {
  const elements = AAC_ELEMENTS[channelConfiguration];
  if (!elements) return undefined;
  const bits = new BitWriter();
  const tags = new Map<number, number>();
  for (const element of elements) {
    const tag = tags.get(element) ?? 0;
    tags.set(element, tag + 1);
    bits.write(element, 3).write(tag, 4);
    if (element === CPE) bits.write(0, 1);
    writeSilentChannel(bits);
    if (element === CPE) writeSilentChannel(bits);
  }
  return bits.write(END, 3).toBuffer();
}

/**
 * individual_channel_stream (table 4.50): global_gain 8, ics_info 11 (reserved, ONLY_LONG_SEQUENCE, sine window, max_sfb 0,
 * no prediction), no sections and no scale factors since max_sfb is 0, and no pulse, TNS and gain control data.
 */
function writeSilentChannel(bits: BitWriter): void {
  bits.write(0, 8).write(0, 11).write(0, 3);
}

/** MPEG audio layer III with side information of zeros: no main data, so nothing to be heard. Undefined for other layers. */
export function silentMp3Frames(frames: Buffer): Buffer | undefined {
  const silent = Buffer.alloc(frames.length);
  let at = 0;
  while (at < frames.length) {
    const header = parseMp3FrameHeader(frames.subarray(at));
    if (header?.layer !== 3 || header.frameLength === undefined || header.frameLength < 4) return undefined;
    frames.copy(silent, at, at, at + 4);
    // protection_bit: without a checksum of what is there no longer.
    silent[at + 1]! |= 1;
    at += header.frameLength;
  }
  return silent;
}

/** Samples at 48 kHz of full-band CELT frames, whose TOC configurations begin with this number (RFC 6716 table 2). */
const CELT_SAMPLES = [120, 240, 480, 960];
const CELT_FULLBAND = 28;
/** A CELT frame whose silence flag is set. */
const SILENT_CELT = Buffer.of(0xff, 0xfe);
/** RFC 6716 clause 3.2.5: a packet with any number of frames, here of equal length. */
const CODE_MANY = 3;

/** An Opus packet of the same duration and as many channels. Undefined if the packet is malformed. */
export function silentOpusPacket(packet: Buffer): Buffer | undefined {
  const samples = opusPacketSamples(packet);
  if (samples === 0) return undefined;
  const index = CELT_SAMPLES.findLastIndex((size) => samples % size === 0);
  const count = samples / CELT_SAMPLES[index]!;
  const stereo = packet[0]! & 4;
  const start = ((CELT_FULLBAND + index) << 3) | stereo;
  if (count === 1) return Buffer.concat([Buffer.of(start), SILENT_CELT]);
  return Buffer.concat([Buffer.of(start | CODE_MANY, count), ...new Array<Buffer>(count).fill(SILENT_CELT)]);
}

class BitWriter {
  readonly #bytes: number[] = [];
  #position = 0;

  write(value: number, bits: number): this {
    for (let bit = bits - 1; bit >= 0; bit--) {
      const index = this.#position >> 3;
      this.#bytes[index] = (this.#bytes[index] ?? 0) | (((value >> bit) & 1) << (7 - (this.#position & 7)));
      this.#position++;
    }
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes);
  }
}
