import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Timeline, type TrackOf } from '../../../core/stream/timeline.ts';
import { AUDIO, DATA, every, map, uint32, VIDEO, WRAP } from './timeline-kit.ts';

test('a well-behaved publisher keeps its timestamps, from 0 or from anywhere', () => {
  expect(map(new Timeline(), 0, 40, 80)).toEqual([0, 40, 80]);
  expect(map(new Timeline(), 3_600_000, 3_600_040)).toEqual([3_600_000, 3_600_040]);
  expect(map(new Timeline(), 2 ** 31 - 10, 2 ** 31 + 10)).toEqual([2 ** 31 - 10, 2 ** 31 + 10]);
});

test('a well-behaved publisher passes 2^32 and continues upwards, twice', () => {
  const timeline = new Timeline();
  expect(map(timeline, WRAP - 20, 20, 60)).toEqual([WRAP - 20, WRAP + 20, WRAP + 60]);
  for (let raw = 560; raw < WRAP - 500; raw += 500) if (timeline.map(VIDEO, raw) !== WRAP + raw) break;
  const before = timeline.highest;
  expect(before).toBeGreaterThan(2 * WRAP - 1500);
  expect(map(timeline, before + 900, before + 1800)).toEqual([before + 900, before + 1800]);
  expect(timeline.event).toBeUndefined();
});

test('a well-behaved publisher may interleave audio behind video, also across the wrap', () => {
  const timeline = new Timeline();
  const sent: [TrackOf, number][] = [
    [VIDEO, WRAP - 10],
    [AUDIO, WRAP - 100],
    [VIDEO, WRAP + 30],
    [AUDIO, WRAP - 60],
    [VIDEO, WRAP + 70],
    [AUDIO, WRAP - 20],
  ];
  expect(sent.map(([track, time]) => timeline.map(track, uint32(time)))).toEqual(
    sent.map(([, time]) => time),
  );
  expect(timeline.highest).toBe(WRAP + 70);
  expect(timeline.event).toBeUndefined();
});

test('a well-behaved publisher may send pictures in the order of decoding with the times of presentation', () => {
  const raws = [0, 400, 100, 200, 300, 800, 500, 600, 700, 1200, 900];
  expect(map(new Timeline(), ...raws)).toEqual(raws);
});

test('a well-behaved publisher may send one picture in many seconds: only its first gap is closed', () => {
  const times = map(new Timeline(), ...every(15_000, 0, 120_000));
  expect(times.slice(2).map((time, index) => time - times[index + 1]!)).toEqual(Array(6).fill(15_000));
});

describe('a track that pauses', () => {
  test('continues at the others’ time, however long it was', () => {
    for (const pause of [3000, 12_000, 300_000]) {
      const timeline = new Timeline();
      for (const time of every(40, 0, 4000 + pause)) {
        expect(timeline.map(VIDEO, time)).toBe(time);
        if (time < 2000 || time > 2000 + pause) expect(timeline.map(AUDIO, time + 15)).toBe(time + 15);
      }
      expect(timeline.event).toBeUndefined();
    }
  });
});

describe('headers and data', () => {
  test('before any media keep their own time', () => {
    expect(new Timeline().place(DATA, 7000)).toBe(7000);
  });

  test('with time 0 in the middle of a stream are put at the present, however young the stream is', () => {
    for (const present of [2500, 9000, 20_000, 4_000_000]) {
      const timeline = new Timeline();
      map(timeline, present - 40, present);
      for (const track of [VIDEO, AUDIO, DATA]) expect(timeline.place(track, 0)).toBe(present);
    }
  });

  test('that are a little off the media keep their place, and never move the clock', () => {
    const timeline = new Timeline();
    map(timeline, 100_000);
    expect(timeline.place(DATA, 99_950)).toBe(99_950);
    expect(timeline.place(VIDEO, 100_200)).toBe(100_200);
    expect(timeline.highest).toBe(100_000);
    expect(map(timeline, 100_040)).toEqual([100_040]);
  });

  test('follow their own track’s clock, over the wrap and over a seam', () => {
    const timeline = new Timeline();
    map(timeline, WRAP - 10, 30);
    timeline.map(AUDIO, 15_000);
    expect(timeline.place(VIDEO, 30)).toBe(WRAP + 30);
    expect(timeline.place(VIDEO, WRAP - 5)).toBe(WRAP - 5);
    expect(timeline.place(AUDIO, 15_010)).toBe(WRAP + 40);
    timeline.restart();
    expect(timeline.place(VIDEO, 0)).toBe(WRAP + 30);
    map(timeline, 500);
    expect(timeline.place(DATA, 500)).toBe(WRAP + 70);
  });
});

describe('another publisher', () => {
  test('continues 40 ms after the highest timestamp of the one before, whatever its own clock says', () => {
    for (const raw of [0, 5, 123_456_789, WRAP - 1]) {
      const timeline = new Timeline();
      map(timeline, 1000, 3000, 2900);
      const before = timeline.highest;
      timeline.restart();
      expect(map(timeline, raw, uint32(raw + 25))).toEqual([before + 40, before + 65]);
      expect(timeline.map(AUDIO, uint32(raw + 10))).toBe(before + 50);
      expect(timeline.event).toBeUndefined();
    }
  });

  test('that follows one that sent nothing keeps its own clock', () => {
    const timeline = new Timeline();
    timeline.restart();
    expect(map(timeline, 8000)).toEqual([8000]);
  });
});

test('whatever a publisher sends, timestamps are whole, never negative, and never far behind the highest', () => {
  const raw = fc.oneof(fc.nat(WRAP - 1), fc.nat(100), fc.constantFrom(0, WRAP - 1, 2 ** 31));
  const kind = fc.constantFrom('map', 'map', 'place', 'restart');
  const step = fc.record({ raw, kind, track: fc.constantFrom(VIDEO, AUDIO, DATA) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const timeline = new Timeline();
      let highest = 0;
      for (const { raw: value, kind: what, track } of steps) {
        if (what === 'restart') timeline.restart();
        else if (what === 'map') {
          const timestamp = timeline.map(track === DATA ? VIDEO : track, value);
          expect(Number.isSafeInteger(timestamp)).toBe(true);
          expect(timestamp).toBeGreaterThanOrEqual(Math.max(0, highest - 20_000));
          highest = Math.max(highest, timestamp);
          expect(timeline.highest).toBe(highest);
        } else expect(timeline.place(track, value)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
