// CRC-32 of PSI sections (ISO/IEC 13818-1 Annex A): polynomial 0x04c11db7, most significant bit first, no final XOR.

const TABLE = buildTable();

/**
 * CRC_32 over `bytes[start, end)` as an unsigned 32-bit number.
 *
 * Over a whole section with its CRC_32 field the result is 0.
 */
export function crc32Mpeg(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffffffff;
  for (let index = start; index < end; index++) {
    crc = (crc << 8) ^ (TABLE[((crc >>> 24) ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return crc >>> 0;
}

function buildTable(): Int32Array {
  const table = new Int32Array(256);
  for (let value = 0; value < 256; value++) {
    let crc = value << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    table[value] = crc;
  }
  return table;
}
