// Open bitstream units, the parts of an AV1 stream (AV1 specification clause 5.3).

export const AV1_OBU = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  tileGroup: 4,
  metadata: 5,
  frame: 6,
  redundantFrameHeader: 7,
  tileList: 8,
  padding: 15,
} as const;

export interface Av1Obu {
  readonly type: number;
  /** Header and size included; a view. */
  readonly bytes: Buffer;
  readonly payload: Buffer;
}

const EXTENSION_FLAG = 0x04;
const HAS_SIZE_FLAG = 0x02;
const MAX_LEB128_BYTES = 8;

/** The units in their order. Forgiving: a unit without a size, or with one beyond the end, reaches to the end. */
export function readObus(bytes: Buffer): Av1Obu[] {
  const obus: Av1Obu[] = [];
  let start = 0;
  while (start < bytes.length) {
    const header = bytes[start] ?? 0;
    let payloadStart = start + ((header & EXTENSION_FLAG) === 0 ? 1 : 2);
    let end = bytes.length;
    if ((header & HAS_SIZE_FLAG) !== 0) {
      const [size, sizeBytes] = readLeb128(bytes, payloadStart);
      payloadStart += sizeBytes;
      end = Math.min(bytes.length, payloadStart + size);
    }
    obus.push({
      type: (header >> 3) & 0x0f,
      bytes: bytes.subarray(start, end),
      payload: bytes.subarray(payloadStart, end),
    });
    start = end;
  }
  return obus;
}

// Clause 4.10.5: seven bits a byte, the lowest first. Multiplied, because shifts keep only 32 bits.
function readLeb128(bytes: Buffer, offset: number): [value: number, length: number] {
  let value = 0;
  for (let index = 0; index < MAX_LEB128_BYTES; index++) {
    const byte = bytes[offset + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [value, index + 1];
  }
  return [value, MAX_LEB128_BYTES];
}
