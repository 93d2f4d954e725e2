// The FLAC sequence header: the signature and the STREAMINFO block (RFC 9639 clauses 6, 8.1, 8.2).
import { BitReader } from '../bit-reader.ts';
import { ByteReader } from '../bytes.ts';

export interface FlacStreamInfo {
  /** Samples of the shortest and of the longest block. */
  readonly minBlockSize: number;
  readonly maxBlockSize: number;
  /** Hz. */
  readonly samplingFrequency: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples of a channel in the whole stream; undefined if unknown, as in a live stream. */
  readonly totalSamples: number | undefined;
}

const SIGNATURE = 'fLaC';
const BLOCK_TYPE_STREAMINFO = 0;
const STREAMINFO_BYTES = 34;

/** Reads the signature and the block, or the block alone, with or without its own header. Throws LVG_MEDIA. */
export function parseFlacStreamInfo(bytes: Buffer): FlacStreamInfo {
  const input = new ByteReader(bytes, 'LVG_MEDIA', 'FLAC STREAMINFO');
  const signed = bytes.toString('latin1', 0, 4) === SIGNATURE;
  if (signed) input.skip(4);
  if (signed || input.remaining !== STREAMINFO_BYTES) skipBlockHeader(input);
  const bits = new BitReader(input.slice(STREAMINFO_BYTES), 'FLAC STREAMINFO');
  const minBlockSize = bits.bits(16);
  const maxBlockSize = bits.bits(16);
  // Smallest and largest frame
  bits.skip(24 + 24);
  const samplingFrequency = bits.bits(20);
  const channels = bits.bits(3) + 1;
  const bitsPerSample = bits.bits(5) + 1;
  // 36 bits: shifts end at 32.
  const totalSamples = bits.bits(4) * 2 ** 32 + bits.bits(32) || undefined;
  return { minBlockSize, maxBlockSize, samplingFrequency, channels, bitsPerSample, totalSamples };
}

function skipBlockHeader(input: ByteReader): void {
  const type = input.u8() & 0x7f;
  if (type !== BLOCK_TYPE_STREAMINFO)
    throw input.fault(`the first metadata block has type ${type}, not STREAMINFO`);
  input.skip(3);
}
