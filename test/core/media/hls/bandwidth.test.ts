import { describe, expect, test } from 'vitest';
import { SegmentWindow } from '../../../../core/media/hls/index.ts';

interface Length {
  readonly ms: number;
  readonly bytes: number;
}

function bandwidth(...lengths: readonly Length[]): { peak: number; average: number } {
  const window = new SegmentWindow<undefined>({ size: 10, segmentSeconds: 2 });
  for (const { ms, bytes } of lengths) {
    const rest = { uri: 'a.ts', discontinuity: false, independent: true, data: undefined };
    window.add({ ...rest, durationMs: ms, byteLength: bytes });
  }
  return window.bandwidth;
}

const WHOLE: Length = { ms: 2000, bytes: 250_000 };

describe('the peak bandwidth', () => {
  test('is that of the most expensive segment', () => {
    expect(bandwidth(WHOLE, { ms: 2000, bytes: 500_000 }, WHOLE)).toEqual({
      peak: 2_000_000,
      average: 4e6 / 3,
    });
  });

  test.each([
    ['a last segment of 91 ms', [WHOLE, WHOLE, { ms: 91, bytes: 60_000 }]],
    ['a first segment of 1 ms', [{ ms: 1, bytes: 60_000 }, WHOLE, WHOLE]],
    ['a segment of 40 ms in the middle', [WHOLE, { ms: 40, bytes: 60_000 }, WHOLE]],
  ])('counts %s with its neighbour', (_, segments) => {
    const short = segments.find(({ ms }) => ms < 1000)!;
    const { peak } = bandwidth(...segments);
    expect(peak).toBeCloseTo(((WHOLE.bytes + short.bytes) * 8000) / (WHOLE.ms + short.ms), 3);
  });

  test('of short segments alone is that of about a target duration of them', () => {
    const short = { ms: 500, bytes: 50_000 };
    expect(bandwidth(short, short, short, short)).toEqual({ peak: 800_000, average: 800_000 });
    expect(bandwidth({ ms: 91, bytes: 9100 })).toEqual({ peak: 800_000, average: 800_000 });
  });

  test('is 0 without a segment', () => {
    expect(bandwidth()).toEqual({ peak: 0, average: 0 });
  });
});
