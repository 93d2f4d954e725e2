// profile_tier_level of HEVC (H.265 clause 7.3.3) and its name in codec strings.
import type { BitReader } from '../bit-reader.ts';

export interface HevcProfile {
  readonly profileSpace: number;
  readonly tier: 'main' | 'high';
  readonly profileIdc: number;
  /** general_profile_compatibility_flag[0] is the highest of 32 bits. */
  readonly compatibilityFlags: number;
  /** The six bytes from general_progressive_source_flag on. */
  readonly constraintFlags: Buffer;
  /** 30 times the level: 93 is level 3.1. */
  readonly levelIdc: number;
}

/** Reads the general part. The record of ISO/IEC 14496-15 has the same twelve bytes. */
export function readHevcProfile(input: BitReader): HevcProfile {
  const profileSpace = input.bits(2);
  const tier = input.flag() ? 'high' : 'main';
  const profileIdc = input.bits(5);
  const compatibilityFlags = input.bits(32);
  const constraintFlags = Buffer.from(Array.from({ length: 6 }, () => input.bits(8)));
  return { profileSpace, tier, profileIdc, compatibilityFlags, constraintFlags, levelIdc: input.bits(8) };
}

const SUB_LAYER_PROFILE_BITS = 88;
const SUB_LAYER_LEVEL_BITS = 8;
const MAX_SUB_LAYERS = 8;

/** Skips the profiles and levels of the sub-layers. */
export function skipSubLayers(input: BitReader, maxSubLayersMinus1: number): void {
  if (maxSubLayersMinus1 === 0) return;
  let bits = 0;
  for (let layer = 0; layer < MAX_SUB_LAYERS; layer++) {
    const profilePresent = input.flag();
    const levelPresent = input.flag();
    if (layer >= maxSubLayersMinus1) continue;
    bits += (profilePresent ? SUB_LAYER_PROFILE_BITS : 0) + (levelPresent ? SUB_LAYER_LEVEL_BITS : 0);
  }
  input.skip(bits);
}

/** `1.6.L93.B0`: the part behind "hvc1." (ISO/IEC 14496-15 clause E.3). */
export function hevcProfileString(profile: HevcProfile): string {
  const space = ['', 'A', 'B', 'C'][profile.profileSpace] ?? '';
  const compatibility = reverseBits(profile.compatibilityFlags).toString(16).toUpperCase();
  const level = `${profile.tier === 'high' ? 'H' : 'L'}${profile.levelIdc}`;
  return [
    `${space}${profile.profileIdc}`,
    compatibility,
    level,
    ...constraintParts(profile.constraintFlags),
  ].join('.');
}

function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed >>> 0;
}

// Trailing bytes of zero are left out.
function constraintParts(flags: Buffer): string[] {
  const last = flags.findLastIndex((byte) => byte !== 0);
  return [...flags.subarray(0, last + 1)].map((byte) => byte.toString(16).toUpperCase());
}
