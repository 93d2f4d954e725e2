import { describe, expect, test } from 'vitest';
import { readStreamVariant } from '../../../../core/media/hls/index.ts';
import {
  aacFrame,
  aacHeader,
  audio,
  avcRecord,
  enhancedAudio,
  SPS,
  video,
  videoFrame,
  videoHeader,
} from '../mpegts/flv-packets.ts';

describe('what a master playlist says of a stream', () => {
  test('is read from the sequence headers of H.264 and AAC', () => {
    const variant = readStreamVariant({ video: videoHeader(), audio: aacHeader() });
    expect(variant.codecs).toEqual(['avc1.640015', 'mp4a.40.2']);
    expect(variant.resolution).toEqual({ width: 352, height: 288 });
  });

  test('names HE-AAC as such, in the old and the enhanced form', () => {
    for (const form of ['legacy', 'enhanced'] as const) {
      const header = aacHeader(Buffer.from('2b920800', 'hex'), form);
      expect(readStreamVariant({ audio: header }).codecs).toEqual(['mp4a.40.5']);
    }
  });

  test('names codecs without a header by any of their packets', () => {
    const mp3 = audio(0, Buffer.from([0x2f, 0xff, 0xfb, 0x90, 0x64]));
    expect(readStreamVariant({ audio: mp3 })).toEqual({ codecs: ['mp4a.40.34'] });
    expect(readStreamVariant({ audio: enhancedAudio(0, 'ac-3', Buffer.alloc(8)) })).toEqual({
      codecs: ['ac-3'],
    });
    expect(readStreamVariant({ audio: enhancedAudio(0, 'ec-3', Buffer.alloc(8)) })).toEqual({
      codecs: ['ec-3'],
    });
  });

  test('leaves the codecs out if one of them is not known, since players would reject the stream', () => {
    const variant = readStreamVariant({ video: videoHeader(), audio: aacFrame(0, Buffer.alloc(9)) });
    expect(variant.codecs).toBeUndefined();
    expect(variant.resolution).toBeDefined();
    expect(readStreamVariant({})).toEqual({});
  });

  test('throws what the header’s parser throws when it is malformed', () => {
    const cut = videoHeader(avcRecord(4, SPS).subarray(0, 9));
    expect(() => readStreamVariant({ video: cut })).toThrow(expect.objectContaining({ code: 'LVG_MEDIA' }));
    expect(() => readStreamVariant({ video: video(0, Buffer.from([0x17])) })).toThrow();
    expect(videoFrame(0, Buffer.alloc(1)).header).toBe(false);
  });
});

describe('FRAME-RATE', () => {
  /** A Baseline SPS of 16x16 pixels with this timing: two ticks make a frame. */
  function spsWithTiming(unitsInTick: number, timeScale: number): Buffer<ArrayBuffer> {
    const ue = (value: number): string => {
      const code = (value + 1).toString(2);
      return '0'.repeat(code.length - 1) + code;
    };
    const u32 = (value: number): string => value.toString(2).padStart(32, '0');
    // Frame numbers, picture order 2, one reference frame, one macroblock, no cropping.
    const head = ue(0) + ue(0) + ue(2) + ue(1) + '0' + ue(0) + ue(0) + '1' + '1' + '0';
    // VUI with timing alone, a fixed rate, and nothing behind it; then the stop bit.
    const vui = `100001${u32(unitsInTick)}${u32(timeScale)}100001`;
    const bits = head + vui;
    const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g)!;
    const body = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
    return Buffer.concat([Buffer.from('6742000a', 'hex'), escaped(body)]);
  }

  test.each([
    ['25', 1, 50, 25],
    ['29.97', 1001, 60_000, 30_000 / 1001],
    ['120', 1, 240, 120],
    ['90,000, which is a clock,', 1, 180_000, undefined],
    ['0.001', 1000, 2, undefined],
  ])('of %s pictures a second is given if a camera could have it', (_, unitsInTick, timeScale, expected) => {
    const header = videoHeader(avcRecord(4, spsWithTiming(unitsInTick, timeScale)));
    const { resolution, frameRate } = readStreamVariant({ video: header });
    expect(resolution).toEqual({ width: 16, height: 16 });
    expect(frameRate).toBe(expected);
  });
});

/** With emulation prevention (H.264 clause 7.4.1). */
function escaped(bytes: Buffer): Buffer {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3);
    out.push(byte);
  }
  return Buffer.from(out);
}
