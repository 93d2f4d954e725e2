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

/** Bits of a sample by the code of a frame header (RFC 9639 clause 9.1.4); the others leave it to STREAMINFO. */
const FLAC_BITS: Readonly<Record<number, number>> = { 1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32 };
const INDEPENDENT_STEREO = 1;
const LAST_INDEPENDENT = 7;
/** Left and side, side and right, mid and side. */
const LAST_STEREO = 10;

/**
 * A FLAC frame of as many samples and channels, whose subframes are constant zeros (RFC 9639 clause 9). Undefined for a frame
 * that is malformed, or leaves the bits of a sample to STREAMINFO.
 */
export function silentFlacFrame(frame: Buffer): Buffer | undefined {
  const length = flacHeaderLength(frame);
  if (length === undefined || frame.length < length + 1) return undefined;
  const header = Buffer.from(frame.subarray(0, length));
  const assignment = header[3]! >> 4;
  const bits = FLAC_BITS[(header[3]! >> 1) & 7];
  if (bits === undefined || assignment > LAST_STEREO) return undefined;
  const independent = assignment > LAST_INDEPENDENT ? INDEPENDENT_STEREO : assignment;
  header[3] = (independent << 4) | (header[3]! & 15);
  const subframes = new BitWriter();
  for (let channel = 0; channel <= independent; channel++) {
    // A zero bit, the type CONSTANT, no wasted bits; then the sample.
    subframes.write(0, 8).write(0, bits);
  }
  const body = Buffer.concat([header, Buffer.of(crc(header, 8, 0x07)), subframes.toBuffer()]);
  const check = crc(body, 16, 0x8005);
  return Buffer.concat([body, Buffer.of(check >> 8, check & 255)]);
}

/** Without its checksum. */
function flacHeaderLength(frame: Buffer): number | undefined {
  if (frame.length < 5 || frame[0] !== 0xff || (frame[1]! & 0xfe) !== 0xf8) return undefined;
  // The coded number has as many bytes as its first one has leading ones, as in UTF-8.
  const ones = Math.clz32(~(frame[4]! << 24));
  const [block, rate] = [frame[2]! >> 4, frame[2]! & 15];
  const blockBytes = block === 6 ? 1 : block === 7 ? 2 : 0;
  const rateBytes = rate === 12 ? 1 : rate === 13 || rate === 14 ? 2 : 0;
  return 4 + Math.max(1, ones) + blockBytes + rateBytes;
}

/** CRC of a polynomial without reflection, from zero (RFC 9639 clauses 9.1.8 and 9.3). */
function crc(bytes: Buffer, width: 8 | 16, polynomial: number): number {
  const top = 1 << (width - 1);
  const mask = (1 << width) - 1;
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) value = ((value << 1) ^ (value & top ? polynomial : 0)) & mask;
  }
  return value;
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
