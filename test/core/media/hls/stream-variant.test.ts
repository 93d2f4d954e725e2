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
