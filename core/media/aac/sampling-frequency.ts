// Sampling frequencies of AAC by their index (ISO/IEC 14496-3 table 1.18).
export const SAMPLING_FREQUENCIES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
] as const;

/** Index that says "24 bits with the frequency follow". */
export const EXPLICIT_FREQUENCY = 15;

/** Lower bounds of the range of each index (table 4.82). */
const LOWER_BOUNDS = [
  92_017, 75_132, 55_426, 46_009, 37_566, 27_713, 23_004, 18_783, 13_856, 11_502, 9391,
] as const;

/** The index whose tables a decoder uses for this frequency: its own if it has one. */
export function nearestFrequencyIndex(frequency: number): number {
  const exact = (SAMPLING_FREQUENCIES as readonly number[]).indexOf(frequency);
  if (exact !== -1) return exact;
  const index = LOWER_BOUNDS.findIndex((bound) => frequency >= bound);
  return index === -1 ? LOWER_BOUNDS.length : index;
}
