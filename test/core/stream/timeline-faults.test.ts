// Publishers whose clocks are out of order.
import { describe, expect, test } from 'vitest';
import { Timeline, type TrackOf } from '../../../core/stream/timeline.ts';
import { AUDIO, every, map, uint32, VIDEO, WRAP } from './timeline-kit.ts';

const running = (): Timeline => {
  const timeline = new Timeline();
  map(timeline, ...every(40, 1_000_000, 1_010_000));
  return timeline;
};

test.each([
  ['back to 0', 0],
  ['back by more than 10 s', 1_000_000 - 10_001],
  ['forward by more than 60 s', 1_010_000 + 60_001],
  ['to the other end of the circle', 1_000_000 + 2 ** 31],
])('a clock that changes %s continues without a hole, and is called a jump after 1 s', (_, raw) => {
  const timeline = running();
  const times: number[] = [];
  const events = every(40, raw, raw + 5000).map((each) => {
    times.push(timeline.map(VIDEO, uint32(each)));
    return timeline.event;
  });
  expect(times).toEqual(every(40, 1_010_000, 1_015_000));
  expect(events.filter(Boolean)).toEqual(['jump']);
  expect(events.indexOf('jump')).toBe(25);
});

test.each([
  ['forward by 30 s', 1_040_000],
  ['back by 5 s', 1_005_000],
])('a clock that changes %s closes the gap, and is no jump', (_, raw) => {
  const timeline = running();
  const events: unknown[] = [];
  const times = every(40, raw, raw + 5000).map((each) => {
    const time = timeline.map(VIDEO, each);
    events.push(timeline.event);
    return time;
  });
  expect(times).toEqual(every(40, 1_010_000, 1_015_000));
  expect(events.filter(Boolean)).toEqual([]);
});

test('a clock that changes back by less than 1 s for good is taken as the publisher’s correction', () => {
  const raws = every(40, 1_009_700, 1_011_000);
  const times = map(running(), ...raws);
  expect(times.slice(0, 3)).toEqual([1_010_000, 1_010_040, 1_010_080]);
  expect(times.slice(6)).toEqual(raws.slice(6));
});

test('a clock that changes while the encoder starts is no jump', () => {
  const timeline = new Timeline();
  expect(map(timeline, 0, 40_000, 40_040, 900_000, 900_040, 900_080)).toEqual([0, 40, 80, 120, 160, 200]);
  map(timeline, ...every(40, 900_120, 905_000));
  expect(timeline.event).toBeUndefined();
});

test('a clock that changes takes the other tracks along in step, at once', () => {
  const timeline = new Timeline();
  for (const time of every(40, 0, 4000)) {
    timeline.map(VIDEO, time);
    timeline.map(AUDIO, time + 15);
  }
  const times = every(40, 3_600_000, 3_600_400).map((raw) => [
    timeline.map(VIDEO, raw),
    timeline.map(AUDIO, raw + 15),
  ]);
  expect(times).toEqual(every(40, 4000, 4400).map((time) => [time, time + 15]));
});

test.each([
  ['at 0', () => 0],
  ['40 s ahead', (time: number) => time + 40_000],
  ['300 ms back', (time: number) => time - 300],
  ['3 s back', (time: number) => time - 3000],
  ['at the other end of the circle', (time: number) => time + 2 ** 31],
])('a packet out of line %s moves no clock, in any track, around the wrap too', (_, outlier) => {
  for (const start of [0, 3_600_000, WRAP - 6500])
    for (const track of [VIDEO, AUDIO]) {
      const timeline = new Timeline();
      const other = track === VIDEO ? AUDIO : VIDEO;
      const broken = new Set([1, 2, 100, 101, 130, 190]);
      const steps: number[] = [];
      let last: number | undefined;
      for (const [index, time] of every(40, start, start + 8000).entries()) {
        timeline.map(other, uint32(time));
        const mapped = timeline.map(track, uint32(broken.has(index) ? outlier(time) : time));
        if (last !== undefined) steps.push(mapped - last);
        last = mapped;
        expect(timeline.event).toBeUndefined();
      }
      expect(last).toBe(start + 7960);
      expect(Math.max(...steps)).toBeLessThanOrEqual(120);
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    }
});

test('a packet out of line of a lone track moves no clock either', () => {
  for (const outlier of [0, 100_000, 2 ** 31]) {
    const raws = every(23, 50_000, 60_000);
    raws[200] = outlier;
    expect(map(new Timeline(), ...raws)).toEqual(every(23, 50_000, 60_000));
  }
});

test('a packet out of line just before another publisher does not delay it', () => {
  const timeline = new Timeline();
  map(timeline, ...every(40, 0, 4000), 900_000);
  timeline.restart();
  expect(map(timeline, 0, 40)).toEqual([4040, 4080]);
});

test('a packet out of line at the very start is followed by the stream without a hole', () => {
  for (const outliers of [[0], [0, 0], [500_000], [500_000, 7]]) {
    const timeline = new Timeline();
    for (const raw of outliers) {
      timeline.map(AUDIO, raw);
      timeline.map(VIDEO, raw);
    }
    const from = timeline.highest;
    for (const raw of every(40, 40_000, 44_000)) {
      timeline.map(VIDEO, raw);
      timeline.map(AUDIO, raw + 21);
    }
    expect(timeline.highest - from).toBeLessThanOrEqual(4100);
  }
});

test.each([15_000, 40_000, -15_000, -3_000_000])(
  'tracks whose clocks are apart by %i ms keep their steps, side by side',
  (ahead) => {
    for (const start of [4_000_000, WRAP - 2000]) {
      const timeline = new Timeline();
      const events: unknown[] = [];
      const video: number[] = [];
      const audio: number[] = [];
      for (const time of every(40, start, start + 10_000)) {
        audio.push(timeline.map(AUDIO, uint32(time + ahead)));
        events.push(timeline.event);
        video.push(timeline.map(VIDEO, uint32(time)));
        events.push(timeline.event);
      }
      expect(audio.map((time) => time - audio[0]!)).toEqual(every(40, 0, 10_000));
      expect(video.map((time) => time - video[0]!)).toEqual(every(40, 0, 10_000));
      expect(video[0]).toBe(audio[0]);
      expect(events.filter(Boolean)).toEqual(['apart']);
    }
  },
);

test('tracks whose clocks are apart by less than 5 s keep the distance', () => {
  const timeline = new Timeline();
  expect(timeline.map(VIDEO, 10_000)).toBe(10_000);
  expect(timeline.map(AUDIO, 6000)).toBe(6000);
  expect(timeline.map({ kind: 'video', track: 1 }, 13_000)).toBe(13_000);
  expect(timeline.event).toBeUndefined();
});

test('tracks whose clocks are apart are told apart by their numbers: two video tracks have a clock each', () => {
  const timeline = new Timeline();
  const second: TrackOf = { kind: 'video', track: 1 };
  for (const time of every(40, 0, 4000)) {
    expect(timeline.map(VIDEO, time)).toBe(time);
    expect(timeline.map(second, time === 2000 ? 0 : time)).toBe(time);
  }
});

test('tracks whose clocks are apart because one joins late are in step if its clock is the others’', () => {
  const timeline = new Timeline();
  map(timeline, ...every(40, 0, 8000));
  expect(timeline.map(AUDIO, 7990)).toBe(7990);
  const other = new Timeline();
  map(other, ...every(40, 0, 8000));
  expect(other.map(AUDIO, 0)).toBe(7960);
});

describe('a further track of Enhanced RTMP is judged by its own steps, as the main tracks are', () => {
  const SECOND_AUDIO: TrackOf = { kind: 'audio', track: 1 };
  const SECOND_VIDEO: TrackOf = { kind: 'video', track: 2 };

  /** Times of the further track beside main tracks without a fault, whose times are checked. */
  function besideMain(track: TrackOf, at: (time: number) => number): number[] {
    const timeline = new Timeline();
    return Array.from({ length: 100 }, (_, index) => {
      const time = 1000 + index * 40;
      expect([timeline.map(VIDEO, time), timeline.map(AUDIO, time + 15)]).toEqual([time, time + 15]);
      return timeline.map(track, uint32(at(time)));
    });
  }
  const steps = (times: readonly number[]): number[] =>
    times.slice(1).map((time, index) => time - times[index]!);

  test.each([SECOND_AUDIO, SECOND_VIDEO])('%j far from them is brought to them', (track) => {
    const times = besideMain(track, (time) => time + 15_000);
    expect(new Set(steps(times))).toEqual(new Set([40]));
    expect(Math.abs(times[0]! - 1000)).toBeLessThanOrEqual(40);
  });

  test.each([SECOND_AUDIO, SECOND_VIDEO])('%j may have a packet out of line, and moves nobody', (track) => {
    const out: Readonly<Record<number, number>> = { 2000: -300, 3000: 3_600_000, 4000: -5000 };
    const times = besideMain(track, (time) => time + (out[time] ?? 0));
    expect(steps(times).every((step) => step >= 0 && step <= 80)).toBe(true);
    expect(times.at(-1)).toBe(1000 + 99 * 40);
  });

  test.each([SECOND_AUDIO, SECOND_VIDEO])('%j has headers without a time of their own', (track) => {
    const timeline = new Timeline();
    for (const time of every(40, 100_000, 101_000))
      for (const each of [VIDEO, AUDIO, track]) timeline.map(each, time);
    expect(timeline.place(track, 0)).toBe(timeline.highest);
    expect(timeline.map(track, 101_040)).toBe(101_040);
  });
});
