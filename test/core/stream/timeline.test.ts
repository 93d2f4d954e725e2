import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Timeline } from '../../../core/stream/timeline.ts';

const WRAP = 2 ** 32;

function map(timeline: Timeline, ...raws: readonly number[]): number[] {
  return raws.map((raw) => timeline.map(raw).timestamp);
}

describe('a well-behaved publisher', () => {
  test('keeps its timestamps, from 0 or from anywhere', () => {
    expect(map(new Timeline(), 0, 40, 80)).toEqual([0, 40, 80]);
    expect(map(new Timeline(), 3_600_000, 3_600_040)).toEqual([3_600_000, 3_600_040]);
    expect(map(new Timeline(), 2 ** 31 - 10, 2 ** 31 + 10)).toEqual([2 ** 31 - 10, 2 ** 31 + 10]);
  });

  test('passes 2^32 and continues upwards, twice', () => {
    const timeline = new Timeline();
    expect(map(timeline, WRAP - 20, 20, 60)).toEqual([WRAP - 20, WRAP + 20, WRAP + 60]);
    for (let raw = 60; raw < WRAP - 50_000; raw += 50_000) timeline.map(raw);
    const before = timeline.highest;
    const after = timeline.map((before + 30_000) % WRAP);
    expect(after).toEqual({ timestamp: before + 30_000, jumped: false });
    timeline.map((before + 60_000) % WRAP);
    expect(timeline.highest).toBe(before + 60_000);
    expect(timeline.highest).toBeGreaterThan(2 * WRAP - 50_000);
  });

  test('may interleave audio behind video, also across the wrap, without its clock being mended', () => {
    const timeline = new Timeline();
    const raws = [WRAP - 10, WRAP - 100, 30, WRAP - 60, 70];
    expect(raws.map((raw) => timeline.map(raw).jumped)).toEqual(raws.map(() => false));
    expect(timeline.highest).toBe(WRAP + 70);
    expect(timeline.map(WRAP - 20).timestamp).toBe(WRAP - 20);
  });
});

describe('a clock that jumps', () => {
  test.each([
    ['back to 0', 0],
    ['back by more than 10 s', 1_000_000 - 10_001],
    ['forward by more than 60 s', 1_000_000 + 60_001],
    ['to the other end of the circle', (1_000_000 + 2 ** 31) % WRAP],
  ])('%s is mended: the stream continues 40 ms later and keeps the new pace', (_, raw) => {
    const timeline = new Timeline();
    timeline.map(1_000_000);
    expect(timeline.map(raw)).toEqual({ timestamp: 1_000_040, jumped: true });
    expect(timeline.map((raw + 33) % WRAP)).toEqual({ timestamp: 1_000_073, jumped: false });
  });

  test.each([
    ['10 s back', -10_000],
    ['60 s forward', 60_000],
  ])('%s is still taken as it is', (_, step) => {
    const timeline = new Timeline();
    timeline.map(1_000_000);
    expect(timeline.map(1_000_000 + step)).toEqual({ timestamp: 1_000_000 + step, jumped: false });
  });

  test('and jumps back at once costs two seams, and no packet goes before one that was given out', () => {
    const timeline = new Timeline();
    expect(map(timeline, 5000, 905_000, 5040)).toEqual([5000, 5040, 5080]);
  });
});

describe('headers and data', () => {
  test('before any media keep their own time', () => {
    expect(new Timeline().place(7000)).toBe(7000);
  });

  test('with time 0 in the middle of a stream are put at the present, however young the stream is', () => {
    for (const present of [2500, 9000, 20_000, 4_000_000]) {
      const timeline = new Timeline();
      map(timeline, present - 40, present);
      expect(timeline.place(0)).toBe(present);
    }
  });

  test('that are a little off the media keep their place, and never move the clock', () => {
    const timeline = new Timeline();
    timeline.map(100_000);
    expect(timeline.place(99_950)).toBe(99_950);
    expect(timeline.place(100_200)).toBe(100_200);
    expect(timeline.highest).toBe(100_000);
    expect(timeline.map(100_040)).toEqual({ timestamp: 100_040, jumped: false });
  });

  test('follow the clock over the wrap and over a seam', () => {
    const timeline = new Timeline();
    map(timeline, WRAP - 10, 30);
    expect(timeline.place(30)).toBe(WRAP + 30);
    expect(timeline.place(WRAP - 5)).toBe(WRAP - 5);
    timeline.restart();
    expect(timeline.place(0)).toBe(WRAP + 30);
    timeline.map(500);
    expect(timeline.place(500)).toBe(WRAP + 70);
  });
});

describe('another publisher', () => {
  test('continues 40 ms after the highest timestamp of the one before, whatever its own clock says', () => {
    for (const raw of [0, 5, 123_456_789, WRAP - 1]) {
      const timeline = new Timeline();
      map(timeline, 1000, 3000, 2900);
      timeline.restart();
      expect(timeline.map(raw)).toEqual({ timestamp: 3040, jumped: false });
      expect(timeline.map((raw + 25) % WRAP)).toEqual({ timestamp: 3065, jumped: false });
    }
  });

  test('that follows one that sent nothing keeps its own clock', () => {
    const timeline = new Timeline();
    timeline.restart();
    expect(map(timeline, 8000)).toEqual([8000]);
  });
});

describe('timestamps that are in stream time already', () => {
  test('pass as they are, and a raw one that follows continues 40 ms after the highest of them', () => {
    const timeline = new Timeline();
    map(timeline, 1000);
    timeline.pass(5000);
    timeline.pass(4960);
    expect(timeline.highest).toBe(5000);
    expect(timeline.place(0)).toBe(5000);
    expect(timeline.map(7)).toEqual({ timestamp: 5040, jumped: false });
  });
});

test('whatever a publisher sends, timestamps are whole, never negative, and never far behind the highest', () => {
  const raw = fc.oneof(fc.nat(WRAP - 1), fc.nat(100), fc.constantFrom(0, WRAP - 1, 2 ** 31));
  const step = fc.record({ raw, kind: fc.constantFrom('map', 'map', 'place', 'restart') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const timeline = new Timeline();
      let highest = 0;
      for (const { raw: value, kind } of steps) {
        if (kind === 'restart') timeline.restart();
        else if (kind === 'map') {
          const { timestamp } = timeline.map(value);
          expect(Number.isSafeInteger(timestamp)).toBe(true);
          expect(timestamp).toBeGreaterThanOrEqual(Math.max(0, highest - 20_000));
          highest = Math.max(highest, timestamp);
          expect(timeline.highest).toBe(highest);
        } else expect(timeline.place(value)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
