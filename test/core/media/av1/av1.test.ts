import { describe, expect, test } from 'vitest';
import {
  av1CodecString,
  parseAv1CodecConfigurationRecord,
  parseAv1SequenceHeader,
  readObus,
} from '../../../../core/media/av1/index.ts';
import { bits, hex } from '../bytes.ts';

/** The "av1C" box of a 160x90 picture by libaom. */
const RECORD = hex('81200000 0a0d20000003b4fd936be480868010');

describe('parseAv1CodecConfigurationRecord', () => {
  test('reads profile, level, formats and the size of the frames', () => {
    expect(parseAv1CodecConfigurationRecord(RECORD)).toEqual({
      seqProfile: 1,
      seqLevelIdx: 0,
      tier: 'main',
      bitDepth: 8,
      monochrome: false,
      chromaSubsamplingX: 0,
      chromaSubsamplingY: 0,
      chromaSamplePosition: 0,
      configObus: RECORD.subarray(4),
      sequenceHeader: { seqProfile: 1, width: 160, height: 90, frameRate: undefined },
    });
  });

  test('takes a record without OBUs, as some encoders write', () => {
    const record = parseAv1CodecConfigurationRecord(hex('810c4c00'));
    expect(record).toMatchObject({
      seqLevelIdx: 12,
      bitDepth: 10,
      chromaSubsamplingX: 1,
      chromaSubsamplingY: 1,
    });
    expect(record.sequenceHeader).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['another version', '82000000'],
    ['three bytes', '810c4c'],
    ['a sequence header cut short', '81200000 0a0220'],
  ])('rejects %s', (_name, bytes) => {
    expect(() => parseAv1CodecConfigurationRecord(hex(bytes))).toThrow(
      expect.objectContaining({ code: 'LVG_MEDIA' }),
    );
  });
});

describe('av1CodecString', () => {
  test.each([
    ['81200000', 'av01.1.00M.08'],
    ['810c4c00', 'av01.0.12M.10'],
    ['8148fc00', 'av01.2.08H.12'],
  ])('of %s is %s', (bytes, codec) => {
    expect(av1CodecString(parseAv1CodecConfigurationRecord(hex(bytes)))).toBe(codec);
  });
});

describe('readObus', () => {
  test('splits a temporal unit, with extensions and without sizes', () => {
    const obus = readObus(hex('1200  0a02aabb  3608 02ccdd  30ee'));
    expect(obus.map((obu) => [obu.type, obu.payload.toString('hex')])).toEqual([
      [2, ''],
      [1, 'aabb'],
      [6, 'ccdd'],
      [6, 'ee'],
    ]);
  });

  test('never passes the end, whatever a size says', () => {
    expect(readObus(hex('0aff')).map((obu) => obu.payload.length)).toEqual([0]);
    expect(readObus(hex('0affffffffffffffff01aa')).map((obu) => obu.payload.toString('hex'))).toEqual([
      '01aa',
    ]);
    expect(readObus(hex('36')).length).toBe(1);
  });
});

describe('parseAv1SequenceHeader', () => {
  test('reads the frame rate when frames come at even intervals', () => {
    // still 0, reduced 0, timing: 1001 / 60000, equal, two ticks a frame; no decoder model, no delays, one point.
    const fields = [
      '000',
      '0',
      '0',
      '1',
      (1001).toString(2).padStart(32, '0'),
      (60_000).toString(2).padStart(32, '0'),
      '1',
      '010',
      '0',
      '0',
      '00000',
      '000000000000',
      '00100',
      '1010',
      '1001',
      (1919).toString(2).padStart(11, '0'),
      (799).toString(2).padStart(10, '0'),
    ].join('');
    expect(parseAv1SequenceHeader(bits(fields))).toEqual({
      seqProfile: 0,
      width: 1920,
      height: 800,
      frameRate: 60_000 / 1001 / 2,
    });
  });
});
