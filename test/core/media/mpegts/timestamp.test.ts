import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DTS_AFTER_PTS,
  PTS_BEFORE_DTS,
  PTS_ONLY,
  writePcr,
  writeTimestamp,
} from '../../../../core/media/mpegts/timestamp.ts';
import { parseTimestamp } from './transport-stream.ts';

const WRAP = 1n << 33n;
const ticks = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 48 }),
  fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33 - 1, 2 ** 33, 2 ** 33 + 1),
);

describe('timestamps of 33 bits', () => {
  test('a PTS or DTS of any size is the same as BigInt arithmetic says', () => {
    fc.assert(
      fc.property(ticks, fc.constantFrom(PTS_ONLY, PTS_BEFORE_DTS, DTS_AFTER_PTS), (value, prefix) => {
        const field = Buffer.alloc(5);
        writeTimestamp(field, 0, prefix, value);
        expect(parseTimestamp(field, prefix)).toBe(BigInt(value) % WRAP);
      }),
      { numRuns: 2000 },
    );
  });

  test('a PCR of any size is the same as BigInt arithmetic says', () => {
    fc.assert(
      fc.property(ticks, (value) => {
        const field = Buffer.alloc(6);
        writePcr(field, 0, value);
        expect(BigInt(field.readUIntBE(0, 6))).toBe(((BigInt(value) % WRAP) << 15n) | (0x3fn << 9n));
      }),
      { numRuns: 2000 },
    );
  });

  test('the bytes are those of the specification', () => {
    const field = Buffer.alloc(5);
    writeTimestamp(field, 0, PTS_ONLY, 900_000);
    expect(field.toString('hex')).toBe('2100377741');
    writeTimestamp(field, 0, PTS_BEFORE_DTS, 2 ** 33 - 1);
    expect(field.toString('hex')).toBe('3fffffffff');
    writeTimestamp(field, 0, DTS_AFTER_PTS, 2 ** 33);
    expect(field.toString('hex')).toBe('1100010001');
  });
});
