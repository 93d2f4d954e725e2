import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader } from '../../../core/media/bit-reader.ts';
import { removeEmulationPrevention } from '../../../core/media/nal-unit.ts';
import { bits, hex } from './bytes.ts';

const expGolomb = (value: number): string => {
  const code = (value + 1).toString(2);
  return '0'.repeat(code.length - 1) + code;
};

describe('BitReader', () => {
  test('reads numbers of 1 to 32 bits wherever they begin', () => {
    const field = fc
      .integer({ min: 1, max: 32 })
      .chain((width) => fc.tuple(fc.constant(width), fc.nat({ max: 2 ** width - 1 })));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
        const input = new BitReader(
          bits(fields.map(([width, value]) => value.toString(2).padStart(width, '0')).join('')),
          'x',
        );
        expect(fields.map(([width]) => input.bits(width))).toEqual(fields.map(([, value]) => value));
      }),
    );
  });

  test('reads Exp-Golomb codes up to the largest there is', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 32 - 2 })), (values) => {
        const input = new BitReader(bits(values.map(expGolomb).join('')), 'x');
        expect(values.map(() => input.ue())).toEqual(values);
      }),
    );
  });

  test('reads signed codes in the order of the specification', () => {
    const input = new BitReader(bits([0, 1, 2, 3, 4].map(expGolomb).join('')), 'x');
    expect([1, 2, 3, 4, 5].map(() => input.se())).toEqual([0, 1, -1, 2, -2]);
  });

  test('never reads past the end, and says what it was reading', () => {
    const input = new BitReader(hex('ff'), 'AVC SPS');
    input.skip(5);
    expect(() => input.bits(4)).toThrow('AVC SPS: 4 bits wanted, 3 left at bit 5');
    expect(() => input.skip(4)).toThrow(/4 bits wanted/);
  });
});

describe('removeEmulationPrevention', () => {
  test.each([
    ['000003', '0000'],
    ['00000300', '000000'],
    ['0000030000030000 03', '000000000000'],
    ['000000030001', '0000000001'],
    ['67640028', '67640028'],
    ['', ''],
  ])('turns %s into %s', (unit, payload) => {
    expect(removeEmulationPrevention(hex(unit))).toEqual(hex(payload));
  });
});
