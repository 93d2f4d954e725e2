// The head of an AC-3 frame (ATSC A/52 clause 5.3) or of an E-AC-3 frame (annex E, clause E.1.2).
import { BitReader } from '../bit-reader.ts';

export interface Ac3SyncFrame {
  readonly codec: 'ac3' | 'eac3';
  /** Bit stream identification: up to 10 AC-3, from 11 to 16 E-AC-3. */
  readonly bsid: number;
  /** Audio coding mode: the loudspeakers without LFE. */
  readonly acmod: number;
  readonly lfe: boolean;
  /** Loudspeakers, LFE included. An E-AC-3 frame counts its own, not those of a dependent one. */
  readonly channels: number;
  /** Hz. */
  readonly samplingFrequency: number;
  /** bit/s. */
  readonly bitRate: number;
  /** Bytes of the whole frame. */
  readonly frameLength: number;
  readonly samples: number;
  /** E-AC-3 only: adds channels to the frame before it and has no duration of its own. */
  readonly dependent: boolean;
}

const SYNC_WORD = 0x0b77;
const HEADER_BYTES = 8;
const MAX_AC3_BSID = 10;
const MAX_EAC3_BSID = 16;
const SAMPLES_PER_BLOCK = 256;
const AC3_BLOCKS = 6;
const DEPENDENT_STREAM = 1;
const RESERVED_STREAM = 3;

const FREQUENCIES = [48_000, 44_100, 32_000] as const;
const CHANNELS = [2, 1, 2, 3, 3, 4, 4, 5] as const;
const BLOCKS = [1, 2, 3, 6] as const;
/** kbit/s by half of frmsizecod (table 5.18). */
const BIT_RATES = [
  32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
] as const;

/** Reads the frame at the start of the bytes; undefined if there is none, or not enough of it. */
export function parseAc3SyncFrame(bytes: Buffer): Ac3SyncFrame | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== SYNC_WORD) return undefined;
  // Both versions have bsid in the same place.
  const bsid = bytes.readUInt8(5) >> 3;
  const input = new BitReader(bytes.subarray(2), 'AC-3 frame');
  if (bsid <= MAX_AC3_BSID) return readAc3(input, bsid);
  return bsid <= MAX_EAC3_BSID ? readEac3(input, bsid) : undefined;
}

function readAc3(input: BitReader, bsid: number): Ac3SyncFrame | undefined {
  input.skip(16);
  const frequency = FREQUENCIES[input.bits(2)];
  const sizeCode = input.bits(6);
  const kilobits = BIT_RATES[sizeCode >> 1];
  if (frequency === undefined || kilobits === undefined) return undefined;
  // bsid, bsmod
  input.skip(5 + 3);
  const acmod = input.bits(3);
  // cmixlev, surmixlev and dsurmod are there only with their channels.
  if ((acmod & 1) !== 0 && acmod !== 1) input.skip(2);
  if ((acmod & 4) !== 0) input.skip(2);
  if (acmod === 2) input.skip(2);
  const lfe = input.flag();
  // Versions 9 and 10 have half and a quarter of the frequency, and frames of the same size.
  const slowdown = 2 ** Math.max(0, bsid - 8);
  return {
    codec: 'ac3',
    bsid,
    acmod,
    lfe,
    channels: (CHANNELS[acmod] ?? 0) + (lfe ? 1 : 0),
    samplingFrequency: frequency / slowdown,
    bitRate: (kilobits * 1000) / slowdown,
    frameLength: ac3FrameBytes(frequency, kilobits, sizeCode & 1),
    samples: AC3_BLOCKS * SAMPLES_PER_BLOCK,
    dependent: false,
  };
}

// In words of 16 bits. At 44.1 kHz the exact size is no whole number, and the lowest bit of the code says how it is rounded.
function ac3FrameBytes(frequency: number, kilobits: number, odd: number): number {
  const words = Math.floor((kilobits * 1000 * AC3_BLOCKS * SAMPLES_PER_BLOCK) / (frequency * 16));
  return (words + (frequency === 44_100 ? odd : 0)) * 2;
}

function readEac3(input: BitReader, bsid: number): Ac3SyncFrame | undefined {
  const streamType = input.bits(2);
  if (streamType === RESERVED_STREAM) return undefined;
  input.skip(3);
  const frameLength = (input.bits(11) + 1) * 2;
  const code = input.bits(2);
  const blockCode = input.bits(2);
  // fscod 3: the next two bits are the frequency, halved, and there are six blocks.
  const frequency = FREQUENCIES[code === 3 ? blockCode : code];
  if (frequency === undefined) return undefined;
  const samplingFrequency = code === 3 ? frequency / 2 : frequency;
  const samples = (code === 3 ? AC3_BLOCKS : (BLOCKS[blockCode] ?? AC3_BLOCKS)) * SAMPLES_PER_BLOCK;
  const acmod = input.bits(3);
  const lfe = input.flag();
  return {
    codec: 'eac3',
    bsid,
    acmod,
    lfe,
    channels: (CHANNELS[acmod] ?? 0) + (lfe ? 1 : 0),
    samplingFrequency,
    bitRate: Math.round((frameLength * 8 * samplingFrequency) / samples),
    frameLength,
    samples,
    dependent: streamType === DEPENDENT_STREAM,
  };
}
