import { describe, expect, test } from 'vitest';
import {
  avcCodecString,
  buildAvcDecoderConfigurationRecord,
  parseAvcDecoderConfigurationRecord,
  parseAvcSps,
  readAnnexBNalUnits,
  readNalUnits,
} from '../../../../core/media/avc/index.ts';
import { hex } from '../bytes.ts';

/** "avcC" boxes that x264 made; what is in them, ffprobe says as well. */
const HIGH = hex(
  '01640028ffe1001c67640028acb403c0113f2ffe000600082000007d20001d4c01e3065401000568ce0fcc03fdf8f800',
);
const INTERLACED = hex('014d4028ffe10018674d4028f403c0227ef01100000303e90000ea601f162ea001000468de0fc8');
const BASELINE = hex('0142c028ffe100176742c028da01e0089f97011000003e90000ea600f1832a01000468ce0fc8');
const HIGH_422 = hex(
  '017a0015ffe10019677a0015b6cd9429bf260220000003002000000643e28532c001000768fba3cb3002c0fefafa00',
);
const HIGH_444 = hex(
  '01f4000bffe1001967f4000b9196828df9f011000003000100000300320f142aa001000568ce0f1920fff8f800',
);

const spsOf = (record: Buffer): Buffer =>
  parseAvcDecoderConfigurationRecord(record).sps[0] ?? Buffer.alloc(0);

test('parseAvcDecoderConfigurationRecord reads profile, level, length size and parameter sets', () => {
  expect(parseAvcDecoderConfigurationRecord(HIGH)).toEqual({
    profileIndication: 100,
    profileCompatibility: 0,
    levelIndication: 40,
    lengthSize: 4,
    sps: [hex('67640028acb403c0113f2ffe000600082000007d20001d4c01e30654')],
    pps: [hex('68ce0fcc03')],
    spsExtensions: [],
  });
});

test('parseAvcDecoderConfigurationRecord reads SPS extensions, and forgives an encoder that leaves out the tail of the high profiles', () => {
  const extended = Buffer.concat([HIGH.subarray(0, -1), hex('01 0002 6d80')]);
  expect(parseAvcDecoderConfigurationRecord(extended).spsExtensions).toEqual([hex('6d80')]);
  for (const missing of [1, 2, 3, 4]) {
    expect(parseAvcDecoderConfigurationRecord(HIGH.subarray(0, -missing)).pps).toEqual([hex('68ce0fcc03')]);
  }
});

test.each([
  ['nothing', '', /1 bytes wanted/],
  ['Annex B instead of a record', '0000000167', /configurationVersion is 0/],
  ['an SPS longer than the record', '01640028ffe1ffff67', /65535 bytes wanted, 1 left/],
  ['no count of PPS', '01640028ffe0', /1 bytes wanted, 0 left/],
])('parseAvcDecoderConfigurationRecord rejects %s', (_name, record, message) => {
  expect(() => parseAvcDecoderConfigurationRecord(hex(record))).toThrow(message);
  expect(() => parseAvcDecoderConfigurationRecord(hex(record))).toThrow(
    expect.objectContaining({ code: 'LVG_MEDIA' }),
  );
});

test('parseAvcDecoderConfigurationRecord is built again byte for byte', () => {
  const { sps, pps } = parseAvcDecoderConfigurationRecord(HIGH);
  expect(buildAvcDecoderConfigurationRecord(sps, pps, parseAvcSps(spsOf(HIGH)))).toEqual(HIGH);
  const plain = parseAvcDecoderConfigurationRecord(BASELINE);
  expect(buildAvcDecoderConfigurationRecord(plain.sps, plain.pps, parseAvcSps(spsOf(BASELINE)))).toEqual(
    BASELINE,
  );
  expect(() => buildAvcDecoderConfigurationRecord([], pps)).toThrow(/without an SPS/);
});

describe('parseAvcSps', () => {
  const NTSC = 30_000 / 1001;
  test.each([
    ['High with scaling matrices, cropped to 1080 lines', HIGH, [100, 1, 8, 1920, 1080, NTSC, false, [3, 4]]],
    ['Main, interlaced', INTERLACED, [77, 1, 8, 1920, 1080, NTSC, true, [1, 1]]],
    ['Constrained Baseline', BASELINE, [66, 1, 8, 1920, 1080, NTSC, false, [1, 1]]],
    ['High 4:2:2, 10 bits, interlaced, scaling lists', HIGH_422, [122, 2, 10, 160, 90, 25, true, [1, 1]]],
    ['High 4:4:4 Predictive', HIGH_444, [244, 3, 8, 160, 90, 25, false, [1, 1]]],
  ])('reads %s', (_name, record, expected) => {
    const sps = parseAvcSps(spsOf(record));
    expect([
      sps.profileIdc,
      sps.chromaFormatIdc,
      sps.bitDepthLuma,
      sps.width,
      sps.height,
      sps.frameRate,
      sps.interlaced,
      sps.sampleAspectRatio,
    ]).toEqual(expected);
  });

  test('says nothing of the frame rate when the encoder does not', () => {
    // 16x16, no VUI: profile 66, level 10, every ue of 0.
    expect(parseAvcSps(hex('67 42000a f8 f4 80 00'))).toMatchObject({ frameRate: undefined });
  });

  test('rejects a set that is cut short anywhere before its VUI, and frames no level allows', () => {
    const sps = spsOf(HIGH);
    for (let length = 0; length < 12; length++) {
      expect(() => parseAvcSps(sps.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'LVG_MEDIA' }),
      );
    }
    expect(() => parseAvcSps(hex('67 42000a f8 000001 ffffffffff'))).toThrow(/AVC SPS/);
    expect(() => parseAvcSps(Buffer.alloc(64))).toThrow(/Exp-Golomb code of more than 32 bits/);
  });
});

describe('avcCodecString', () => {
  test('takes profile and level from the SPS, which is right even where the record is not', () => {
    expect(avcCodecString(parseAvcDecoderConfigurationRecord(HIGH))).toBe('avc1.640028');
    const wrong = Buffer.from(BASELINE);
    wrong.fill(0, 1, 4);
    expect(avcCodecString(parseAvcDecoderConfigurationRecord(wrong))).toBe('avc1.42c028');
    expect(avcCodecString(parseAvcDecoderConfigurationRecord(hex('014d401fffe000')))).toBe('avc1.4d401f');
  });
});

describe('readNalUnits', () => {
  test.each([
    [4, '00000002 0910 00000001 65', ['0910', '65']],
    [2, '0002 0910 0001 65', ['0910', '65']],
    [1, '02 0910 01 65', ['0910', '65']],
    [3, '000002 0910 000001 65', ['0910', '65']],
    [4, '00000000 00000001 65', ['65']],
    [4, '00000001 65 0000', ['65']],
    [4, '00000001 65 ffffffff 4142', ['65', '4142']],
    [4, '', []],
  ])('with lengths of %i bytes splits %s', (lengthSize, bytes, units) => {
    expect(readNalUnits(hex(bytes), lengthSize)).toEqual(units.map(hex));
  });

  test('splits a byte stream at start codes of three and four bytes', () => {
    expect(readAnnexBNalUnits(hex('00000001 0910 000001 65aa 00000001 4100 00'))).toEqual([
      hex('0910'),
      hex('65aa'),
      hex('41'),
    ]);
    expect(readAnnexBNalUnits(hex('0102'))).toEqual([]);
  });
});
