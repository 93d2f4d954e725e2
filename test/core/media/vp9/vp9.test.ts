import { describe, expect, test } from 'vitest';
import { parseVpCodecConfigurationRecord, vp9CodecString } from '../../../../core/media/vp9/index.ts';

/** The "vpcC" box of a 4:4:4 picture by libvpx, with version and flags. */
const BOX = Buffer.from('01000000010a870202000000', 'hex');

describe('parseVpCodecConfigurationRecord', () => {
  test('reads the record, also with the head of its box in front', () => {
    const record = parseVpCodecConfigurationRecord(BOX);
    expect(record).toEqual({
      profile: 1,
      level: 10,
      bitDepth: 8,
      chromaSubsampling: 3,
      fullRange: true,
      colourPrimaries: 2,
      transferCharacteristics: 2,
      matrixCoefficients: 0,
    });
    expect(parseVpCodecConfigurationRecord(BOX.subarray(4))).toEqual(record);
    expect(vp9CodecString(record)).toBe('vp09.01.10.08');
  });

  test('rejects a record that is cut short', () => {
    for (const length of [0, 3, 4, 9]) {
      expect(() => parseVpCodecConfigurationRecord(BOX.subarray(0, length))).toThrow(
        /VPCodecConfigurationRecord/,
      );
    }
  });
});
