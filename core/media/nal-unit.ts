// NAL units, which AVC and HEVC share.

/**
 * The NAL units of a coded frame, each behind a length of `lengthSize` bytes (ISO/IEC 14496-15 clause 5.3.4.2).
 * Views, not copies. Forgiving: empty units are left out, and one that is cut short is as long as its bytes.
 */
export function readNalUnits(bytes: Buffer, lengthSize: number): Buffer[] {
  const units: Buffer[] = [];
  let offset = 0;
  while (offset + lengthSize <= bytes.length) {
    const length = bytes.readUIntBE(offset, lengthSize);
    offset += lengthSize;
    const end = Math.min(offset + length, bytes.length);
    if (end > offset) units.push(bytes.subarray(offset, end));
    offset = end;
  }
  return units;
}

/** The NAL units of a byte stream with start codes (H.264 and H.265 annex B). Views, not copies. */
export function readAnnexBNalUnits(bytes: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = afterStartCode(bytes, 0);
  while (start < bytes.length) {
    const next = startCode(bytes, start);
    let end = next === -1 ? bytes.length : next;
    // trailing_zero_8bits, or the first byte of a start code of four.
    while (end > start && bytes[end - 1] === 0) end--;
    if (end > start) units.push(bytes.subarray(start, end));
    start = next === -1 ? bytes.length : next + 3;
  }
  return units;
}

function afterStartCode(bytes: Buffer, from: number): number {
  const at = startCode(bytes, from);
  return at === -1 ? bytes.length : at + 3;
}

const START_CODE = Buffer.from([0, 0, 1]);

function startCode(bytes: Buffer, from: number): number {
  return bytes.indexOf(START_CODE, from);
}

const EMULATION_PREVENTION = Buffer.from([0, 0, 3]);

/** The payload of a NAL unit without its emulation prevention bytes (H.264 clause 7.3.1, H.265 clause 7.3.1.1). */
export function removeEmulationPrevention(unit: Buffer): Buffer {
  let at = unit.indexOf(EMULATION_PREVENTION);
  if (at === -1) return unit;
  const parts: Buffer[] = [];
  let start = 0;
  while (at !== -1) {
    parts.push(unit.subarray(start, at + 2));
    start = at + 3;
    at = unit.indexOf(EMULATION_PREVENTION, start);
  }
  parts.push(unit.subarray(start));
  return Buffer.concat(parts);
}
