import { describe, expect, test } from 'vitest';
import {
  hevcCodecString,
  parseHevcDecoderConfigurationRecord,
  parseHevcSps,
} from '../../../../core/media/hevc/index.ts';
import { hex } from '../bytes.ts';

/** "hvcC" boxes that x265 made; what is in them, ffprobe says as well. */
const SCALING_LISTS = hex(`
  01016000000090000000000078f000fcfdf8f800001303
  a00001 001c 40010c02ffff01600000030090000003000003007800009594aca048
  a10001 002e 4201020160000003009000000300000300780000a003c0801107cb965652b2a5274bc05a02000007d20000ea6010
  a20001 0006 4401c073c189`);
const NARROW_SAMPLES = hex(`
  01016000000090000000000078f000fcfdf8f800000f03
  a00001 0018 40010c01ffff016000000300900000030000030078959409
  a10001 002e 420101016000000300900000030000030078a003c0801107cb965654a4c2fff00030004680800001f480003a9804
  a20001 0006 4401c073c189`);
const TEN_BITS_HIGH_TIER = hex(`
  01222000000090000000000099f000fcfdfafa00000f03
  a00001 0018 40010c01ffff222000000300900000030000030099959809
  a10001 002b 420101222000000300900000030000030099a0142061f2365959a4932bc05a020000030002000003003210
  a20001 0007 4401c172b46240`);
const RANGE_EXTENSIONS_444 = hex(`
  0104080000009e08000000001ef000fcfff8f800000f03
  a00001 0017 40010c01ffff0408000003009e0800000300001e959809
  a10001 002d 4201010408000003009e0800000300001e9002840c3e7cb2b349265780b7020200040000030004000003006420
  a20001 0008 4401c172860c4624`);

const read = (record: Buffer): ReturnType<typeof parseHevcDecoderConfigurationRecord> =>
  parseHevcDecoderConfigurationRecord(record);

describe('parseHevcDecoderConfigurationRecord', () => {
  test('reads formats and parameter sets', () => {
    const record = read(TEN_BITS_HIGH_TIER);
    expect(record).toMatchObject({ chromaFormatIdc: 1, bitDepthLuma: 10, bitDepthChroma: 10, lengthSize: 4 });
    expect(record.averageFrameRate).toBeUndefined();
    expect(record.profile).toMatchObject({ profileIdc: 2, tier: 'high', levelIdc: 153 });
    expect([record.vps, record.sps, record.pps].map((units) => units.map((unit) => unit.length))).toEqual([
      [24],
      [43],
      [7],
    ]);
    expect(record.pps[0]).toEqual(hex('4401c172b46240'));
    expect(record.arrays.map((array) => array.complete)).toEqual([true, true, true]);
  });

  test('rejects a record that is cut short, and counts that lie', () => {
    for (let length = 0; length < NARROW_SAMPLES.length; length++) {
      expect(() => read(NARROW_SAMPLES.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'LVG_MEDIA' }),
      );
    }
    const lying = Buffer.concat([NARROW_SAMPLES.subarray(0, 24), hex('ffff')]);
    expect(() => read(lying)).toThrow(/131070 bytes wanted, 0 left/);
  });
});

describe('parseHevcSps', () => {
  const NTSC = 30_000 / 1001;
  test.each([
    [
      'Main with sub-layers and scaling lists, cropped to 1080 lines',
      SCALING_LISTS,
      [1, 1, 8, 1920, 1080, NTSC, [1, 1]],
    ],
    ['Main with samples of 3:4', NARROW_SAMPLES, [1, 1, 8, 1920, 1080, NTSC, [3, 4]]],
    ['Main 10', TEN_BITS_HIGH_TIER, [2, 1, 10, 160, 90, 25, [1, 1]]],
    ['Range extensions 4:4:4', RANGE_EXTENSIONS_444, [4, 3, 8, 160, 90, 25, [1, 1]]],
  ])('reads %s', (_name, record, expected) => {
    const sps = parseHevcSps(read(record).sps[0] ?? Buffer.alloc(0));
    expect([
      sps.profile.profileIdc,
      sps.chromaFormatIdc,
      sps.bitDepthLuma,
      sps.width,
      sps.height,
      sps.frameRate,
      sps.sampleAspectRatio,
    ]).toEqual(expected);
  });

  test('rejects a set that is cut short before its VUI', () => {
    const sps = read(TEN_BITS_HIGH_TIER).sps[0] ?? Buffer.alloc(0);
    for (let length = 0; length < 30; length++) {
      expect(() => parseHevcSps(sps.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'LVG_MEDIA' }),
      );
    }
  });
});

describe('hevcCodecString', () => {
  test.each([
    [SCALING_LISTS, 'hvc1.1.6.L120.90'],
    [TEN_BITS_HIGH_TIER, 'hvc1.2.4.H153.90'],
    [RANGE_EXTENSIONS_444, 'hvc1.4.10.L30.9E.8'],
  ])('names profile, compatibility, tier, level and constraints', (record, codec) => {
    expect(hevcCodecString(read(record))).toBe(codec);
  });

  test('names a profile space, and leaves out constraints that are all zero', () => {
    const record = Buffer.from(SCALING_LISTS);
    record.writeUInt8(0x41, 1);
    record.fill(0, 6, 12);
    expect(hevcCodecString(read(record))).toBe('hvc1.A1.6.L120');
  });
});
