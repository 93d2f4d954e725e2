import { describe, expect, test } from 'vitest';
import { SampleTimeline } from '../../../../../core/media/mpegts/tracks/sample-timeline.ts';

const FRAMES_PER_HOUR = Math.floor((3600 * 44_100) / 1024);

test('an hour of millisecond timestamps becomes a timeline without jitter that ends where it should', () => {
  for (const round of [Math.floor, Math.round, Math.ceil]) {
    const timeline = new SampleTimeline();
    const first = timeline.advance(0, 1024, 44_100);
    let jitter = 0;
    let last = first;
    for (let frame = 1; frame < FRAMES_PER_HOUR; frame++) {
      const source = round((frame * 1024 * 1000) / 44_100) * 90;
      const pts = timeline.advance(source, 1024, 44_100);
      if ((pts - last !== 2089 && pts - last !== 2090) || timeline.restarted) jitter++;
      last = pts;
    }
    expect(jitter).toBe(0);
    const exact = ((FRAMES_PER_HOUR - 1) * 1024 * 90_000) / 44_100;
    expect(Math.abs(last - first - exact)).toBeLessThanOrEqual(1);
  }
});

test('a publisher whose clock is 0.1 % off is followed within 3 ms, smoothly', () => {
  for (const rate of [0.999, 1.001]) {
    const timeline = new SampleTimeline();
    let last = 0;
    let unsteady = 0;
    let away = 0;
    for (let frame = 0; frame < 100_000; frame++) {
      const source = Math.floor((frame * 1024 * 1000 * rate) / 48_000) * 90;
      const pts = timeline.advance(source, 1024, 48_000);
      if (frame > 0) unsteady = Math.max(unsteady, Math.abs(pts - last - 1920));
      away = Math.max(away, Math.abs(pts - source));
      last = pts;
    }
    expect(unsteady).toBeLessThanOrEqual(5);
    expect(away).toBeLessThanOrEqual(270);
  }
});

test('jitter of 20 ms moves no frame by more than its share', () => {
  const timeline = new SampleTimeline();
  let last = timeline.advance(0, 1024, 48_000);
  for (let frame = 1; frame < 5000; frame++) {
    const jitter = ((frame * 7919) % 41) - 20;
    const pts = timeline.advance(frame * 1920 + jitter * 90, 1024, 48_000);
    expect(Math.abs(pts - last - 1920)).toBeLessThanOrEqual(40);
    last = pts;
  }
  expect(timeline.restarted).toBe(false);
});

test('lost samples and a clock that was set restart the count', () => {
  const timeline = new SampleTimeline();
  expect(timeline.advance(9000, 1024, 48_000)).toBe(9000);
  expect(timeline.restarted).toBe(true);
  expect(timeline.advance(9000 + 1890, 1024, 48_000)).toBe(9000 + 1920);
  expect(timeline.advance(18_000, 1024, 48_000)).toBe(9000 + 3840 + Math.ceil((5160 - 91) / 64 - 0.5));
  expect(timeline.advance(90_000, 1024, 48_000)).toBe(90_000);
  expect(timeline.restarted).toBe(true);
  expect(timeline.advance(1800, 1024, 48_000)).toBe(1800);
  expect(timeline.restarted).toBe(true);
  expect(timeline.advance(1800 + 1920, 1152, 44_100)).toBe(3720);
  expect(timeline.restarted).toBe(true);
});

describe('frames that come several at once, with one time', () => {
  test.each([
    [4, 22_050, 0],
    [8, 22_050, 0],
    [8, 48_000, 0],
    [2, 44_100, 0],
    [4, 44_100, 1],
  ])('in bursts of %i at %i Hz, %i ms apart, are counted on evenly', (size, frequency, apart) => {
    const timeline = new SampleTimeline();
    const duration = (1024 * 90_000) / frequency;
    let last = Number.NaN;
    for (let frame = 0; frame < 2000; frame++) {
      const first = Math.floor((Math.floor(frame / size) * size * 1024 * 1000) / frequency);
      const pts = timeline.advance((first + (frame % size) * apart) * 90, 1024, frequency);
      if (frame > 0) {
        expect(timeline.restarted).toBe(false);
        expect(Math.abs(pts - last - duration)).toBeLessThanOrEqual(1);
      }
      last = pts;
    }
  });

  test('are followed when samples are lost between bursts', () => {
    const timeline = new SampleTimeline();
    for (let frame = 0; frame < 4; frame++) timeline.advance(0, 1024, 48_000);
    expect(timeline.advance(90_000, 1024, 48_000)).toBe(90_000);
    expect(timeline.advance(90_000, 1024, 48_000)).toBe(91_920);
  });
});
