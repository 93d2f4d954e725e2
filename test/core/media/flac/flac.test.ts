import { describe, expect, test } from 'vitest';
import { parseFlacStreamInfo } from '../../../../core/media/flac/index.ts';

/** The head of a file by ffmpeg. */
const HEAD = Buffer.from(
  '664c614300000022120012000004170004de0ac440f0000044e89439695cd2ddf00b36d1bcf843b27f89',
  'hex',
);

describe('parseFlacStreamInfo', () => {
  test.each([0, 4, 8])(
    'reads STREAMINFO from byte %i on: with signature, with block header, alone',
    (start) => {
      expect(parseFlacStreamInfo(HEAD.subarray(start))).toEqual({
        minBlockSize: 4608,
        maxBlockSize: 4608,
        samplingFrequency: 44_100,
        channels: 1,
        bitsPerSample: 16,
        totalSamples: 17_640,
      });
    },
  );

  test('rejects a head that is cut short, and one that begins with another block', () => {
    for (let length = 0; length < HEAD.length; length++) {
      expect(() => parseFlacStreamInfo(HEAD.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'LVG_MEDIA' }),
      );
    }
    const other = Buffer.from(HEAD);
    other.writeUInt8(4, 4);
    expect(() => parseFlacStreamInfo(other)).toThrow(/block has type 4, not STREAMINFO/);
  });
});
