// Sequence headers made from parameter sets, wherever these stand: behind start codes, or among the NAL units of a frame.
import {
  AVC_NAL,
  buildAvcDecoderConfigurationRecord,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
} from '../avc/index.ts';
import { LivegoError } from '../../errors.ts';
import {
  buildHevcDecoderConfigurationRecord,
  HEVC_NAL,
  parseHevcDecoderConfigurationRecord,
} from '../hevc/index.ts';
import type { NalSyntax } from './picture-look.ts';

/** Parameter sets of one type that are kept; streams have one or two. */
const MAX_SETS = 16;
/** NAL unit header, profile, level. */
const MIN_SPS_BYTES = 4;

/** Bytes of the length before each NAL unit; undefined if a decoder cannot be set up with the record. */
export function lengthSizeOf(record: Buffer, syntax: NalSyntax): number | undefined {
  return attempt(() => {
    const { lengthSize, sps } =
      syntax === 'avc'
        ? parseAvcDecoderConfigurationRecord(record)
        : parseHevcDecoderConfigurationRecord(record);
    // Whether a decoder understands it is for the decoder to say; a PPS may follow among the frames.
    return (sps[0]?.length ?? 0) >= MIN_SPS_BYTES ? lengthSize : undefined;
  });
}

/** The decoder configuration record of these NAL units, with lengths of four bytes; undefined if sets are missing. */
export function buildRecord(units: readonly Buffer[], syntax: NalSyntax): Buffer | undefined {
  const find = (type: number): Buffer[] =>
    units.filter((unit) => nalType(unit, syntax) === type).slice(0, MAX_SETS);
  return attempt(() => {
    if (syntax === 'hevc') {
      const sets = { vps: find(HEVC_NAL.vps), sps: find(HEVC_NAL.sps), pps: find(HEVC_NAL.pps) };
      const complete = sets.vps.length > 0 && sets.pps.length > 0;
      return complete ? buildHevcDecoderConfigurationRecord(sets) : undefined;
    }
    const [sps, pps] = [find(AVC_NAL.sps), find(AVC_NAL.pps)];
    if (sps[0] === undefined || pps.length === 0) return undefined;
    return buildAvcDecoderConfigurationRecord(sps, pps, parseAvcSps(sps[0]));
  });
}

export function nalType(unit: Buffer, syntax: NalSyntax): number {
  const header = unit[0] ?? 0;
  return syntax === 'avc' ? header & 0x1f : (header >> 1) & 0x3f;
}

function attempt<Value>(read: () => Value | undefined): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
