import { describe, expect, test } from 'vitest';
import { Segmenter, type SegmentCut, type SegmentDecision } from '../../../../core/media/hls/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import { aacFrame, aacHeader, avcRecord, PPS, SPS, videoFrame, videoHeader } from '../mpegts/flv-packets.ts';

const DATA = Buffer.alloc(20, 1);
const key = (at: number): MediaPacket => videoFrame(at, DATA, { keyframe: true });
const inter = (at: number): MediaPacket => videoFrame(at, DATA);
const sound = (at: number): MediaPacket => aacFrame(at, DATA);
const OTHER_RECORD = avcRecord(4, SPS, Buffer.concat([PPS, Buffer.from([1])]));

/** Audio and video of 25 frames a second from `start` to `end`, a keyframe at every `interval`. */
function* stream(start: number, end: number, interval: number): Generator<MediaPacket> {
  for (let at = start; at < end; at += 40) {
    yield (at - start) % interval === 0 ? key(at) : inter(at);
    yield sound(at + 15);
  }
}

function run(
  segmenter: Segmenter,
  packets: Iterable<MediaPacket>,
): { cuts: SegmentCut[]; skipped: number; appended: number } {
  const decisions: SegmentDecision[] = [...packets].map((packet) => segmenter.decide(packet));
  return {
    cuts: decisions.filter((decision) => typeof decision === 'object'),
    skipped: decisions.filter((decision) => decision === 'skip').length,
    appended: decisions.filter((decision) => decision === 'append').length,
  };
}

function summary(cuts: readonly SegmentCut[]): [string, number, boolean][] {
  return cuts.map(({ reason, durationMs, discontinuity }) => [reason, durationMs, discontinuity]);
}

test('a regular stream is cut at the first keyframe from the wanted duration on', () => {
  const segmenter = new Segmenter({ segmentSeconds: 2 });
  const { cuts, skipped } = run(segmenter, [videoHeader(), aacHeader(), ...stream(0, 10_000, 1200)]);
  expect(summary(cuts)).toEqual([2400, 2400, 2400, 2400].map((duration) => ['keyframe', duration, false]));
  expect(cuts.every(({ independent }) => independent)).toBe(true);
  expect(cuts.map(({ startTimestamp }) => startTimestamp)).toEqual([0, 2400, 4800, 7200]);
  expect(skipped).toBe(0);
  expect(segmenter.end()).toMatchObject({ reason: 'end', durationMs: 415, startTimestamp: 9600 });
  expect(segmenter.end()).toBeUndefined();
});

test('a regular stream may have its keyframes a little early', () => {
  const { cuts } = run(new Segmenter(), [videoHeader(), ...stream(0, 8000, 1960)]);
  expect(summary(cuts).map(([, duration]) => duration)).toEqual([1960, 1960, 1960, 1960]);
});

test('a regular stream is cut by time when it is audio only', () => {
  const packets = Array.from({ length: 300 }, (_, index) => sound(Math.floor((index * 64) / 3)));
  const { cuts } = run(new Segmenter(), [aacHeader(), ...packets]);
  expect(summary(cuts)).toEqual([
    ['time', 2005, false],
    ['time', 2005, false],
    ['time', 2006, false],
  ]);
  expect(cuts.every(({ independent }) => independent)).toBe(true);
});

test('a regular stream begins with the first keyframe, and with audio alone only when no video is announced', () => {
  const late = run(new Segmenter(), [
    videoHeader(),
    aacHeader(),
    sound(0),
    inter(0),
    sound(20),
    inter(40),
    key(80),
    sound(81),
  ]);
  expect(late).toMatchObject({ skipped: 4, appended: 4 });
  const alone = run(new Segmenter(), [aacHeader(), sound(0), sound(20)]);
  expect(alone.skipped).toBe(0);
  // Video announced right behind the first sound belongs to the same segment.
  const joined = run(new Segmenter(), [aacHeader(), sound(0), videoHeader(), inter(10), key(20), inter(60)]);
  expect(joined).toMatchObject({ skipped: 1, cuts: [] });
});

test('without keyframes a segment ends at the limit, and says that it is not independent', () => {
  const { cuts } = run(new Segmenter({ maxSegmentSeconds: 5 }), [
    videoHeader(),
    ...stream(0, 16_000, 100_000),
  ]);
  expect(summary(cuts)).toEqual([5000, 5000, 5000].map((duration) => ['no-keyframe', duration, false]));
  expect(cuts.map(({ independent }) => independent)).toEqual([true, false, false]);
});

test('a segment ends when it has too many bytes', () => {
  const { cuts } = run(new Segmenter({ maxSegmentBytes: 1000 }), [videoHeader(), ...stream(0, 2000, 2000)]);
  // Each frame of a picture is 25 bytes, each of sound 22.
  expect(summary(cuts)).toEqual([
    ['bytes', 855, false],
    ['bytes', 865, false],
  ]);
});

test('announced video that never comes does not hold the sound back without end', () => {
  const packets = Array.from({ length: 1000 }, (_, index) => sound(index * 20));
  const { cuts, skipped } = run(new Segmenter({ maxSegmentSeconds: 5 }), [
    videoHeader(),
    aacHeader(),
    ...packets,
  ]);
  expect(skipped).toBe(250);
  expect(summary(cuts)).toEqual(Array.from({ length: 7 }, () => ['time', 2000, false]));
});

test('video that stops leaves an audio stream', () => {
  const silent = Array.from({ length: 1000 }, (_, index) => sound(2000 + index * 20));
  const { cuts } = run(new Segmenter({ maxSegmentSeconds: 5 }), [
    videoHeader(),
    ...stream(0, 2000, 1000),
    ...silent,
  ]);
  // The last picture is at 1960; 5 s of sound later, at 6940, the sound alone decides.
  const rest = Array.from({ length: 7 }, () => ['time', 2000, false]);
  expect(summary(cuts)).toEqual([['time', 6940, false], ...rest]);
});

test('tracks with unrelated times are not cut to pieces', () => {
  const packets = [...stream(0, 20_000, 2000)].map((packet) =>
    packet.kind === 'audio' ? sound(packet.timestamp + 1_000_000) : packet,
  );
  const { cuts, skipped } = run(new Segmenter(), [videoHeader(), aacHeader(), ...packets]);
  expect(summary(cuts)).toEqual(Array.from({ length: 9 }, () => ['keyframe', 2000, false]));
  expect(skipped).toBe(0);
});

test('timestamps that jump end the segment at its last frame, forwards and backwards', () => {
  for (const start of [1_000_000, 0]) {
    const segmenter = new Segmenter();
    const first = run(segmenter, [videoHeader(), aacHeader(), ...stream(500_000, 501_000, 1000)]);
    const second = run(segmenter, [...stream(start, start + 2040, 1000)]);
    expect(first.cuts).toEqual([]);
    expect(summary(second.cuts)).toEqual([
      ['jump', 1015, true],
      ['keyframe', 2000, false],
    ]);
    expect(second.skipped).toBe(0);
  }
});

test('sound that jumps a little later, or a little earlier, than the picture makes no second discontinuity', () => {
  const before = [...stream(500_000, 501_000, 1000)];
  const later = run(new Segmenter(), [
    videoHeader(),
    aacHeader(),
    ...before,
    key(0),
    sound(501_015),
    inter(40),
    sound(501_035),
    inter(80),
    sound(60),
    ...stream(120, 1800, 10_000),
  ]);
  expect(summary(later.cuts)).toEqual([['jump', 1015, true]]);
  expect(later.skipped).toBe(2);
  const earlier = run(new Segmenter(), [
    videoHeader(),
    aacHeader(),
    ...before,
    sound(0),
    inter(501_000),
    sound(20),
    key(40),
    sound(60),
    ...stream(80, 1800, 10_000),
  ]);
  expect(summary(earlier.cuts)).toEqual([['jump', 1040, true]]);
  expect(earlier.skipped).toBe(2);
});

test('small steps back are no discontinuity', () => {
  const { cuts } = run(new Segmenter(), [
    videoHeader(),
    key(0),
    inter(40),
    inter(30),
    inter(80),
    inter(-100),
  ]);
  expect(cuts).toEqual([]);
});

test('another sequence header is a discontinuity, at the keyframe that follows it; the same one again is none', () => {
  const segmenter = new Segmenter();
  run(segmenter, [videoHeader(), aacHeader(), ...stream(0, 400, 10_000)]);
  expect(run(segmenter, [videoHeader(), aacHeader(), ...stream(400, 800, 10_000)]).cuts).toEqual([]);
  const changed = run(segmenter, [videoHeader(OTHER_RECORD), inter(800), sound(801), key(840), sound(850)]);
  expect(changed.skipped).toBe(1);
  expect(summary(changed.cuts)).toEqual([['change', 840, true]]);
});

test('another sound waits for the next keyframe, where there is a picture', () => {
  const other = aacHeader(Buffer.from('1188', 'hex'));
  const segmenter = new Segmenter();
  run(segmenter, [videoHeader(), aacHeader(), ...stream(0, 400, 10_000)]);
  const changed = run(segmenter, [
    other,
    sound(400),
    inter(400),
    sound(420),
    inter(440),
    key(480),
    sound(481),
  ]);
  expect(changed.skipped).toBe(2);
  expect(summary(changed.cuts)).toEqual([['change', 480, true]]);
  const audioOnly = new Segmenter();
  run(audioOnly, [aacHeader(), sound(0), sound(20)]);
  expect(summary(run(audioOnly, [other, sound(40), sound(60)]).cuts)).toEqual([['change', 40, true]]);
});

test('video that joins a stream whose players know it as audio is a discontinuity', () => {
  const segmenter = new Segmenter();
  const audioOnly = Array.from({ length: 150 }, (_, index) => sound(index * 20));
  expect(run(segmenter, [aacHeader(), ...audioOnly]).cuts).toHaveLength(1);
  const joined = run(segmenter, [videoHeader(), inter(3000), key(3040), sound(3041), inter(3080)]);
  expect(joined.skipped).toBe(1);
  expect(summary(joined.cuts)).toEqual([['change', 1040, true]]);
});

describe('a stream that is interrupted', () => {
  test('continues at a keyframe, its tracks being known', () => {
    const segmenter = new Segmenter();
    run(segmenter, [videoHeader(), aacHeader(), ...stream(0, 3000, 1000)]);
    expect(segmenter.interrupt()).toMatchObject({ reason: 'jump', durationMs: 1015, discontinuity: true });
    expect(segmenter.interrupt()).toBeUndefined();
    expect([sound(9000), inter(9010), key(9020), sound(9030)].map((each) => segmenter.decide(each))).toEqual([
      'skip',
      'skip',
      'append',
      'append',
    ]);
  });

  test('is cut by new options from the next packet on', () => {
    const segmenter = new Segmenter({ segmentSeconds: 2 });
    run(segmenter, [videoHeader(), ...stream(0, 1500, 1000)]);
    segmenter.configure({ segmentSeconds: 3 });
    const { cuts } = run(segmenter, [key(2000), key(3000), key(6000)]);
    expect(summary(cuts).map(([, duration]) => duration)).toEqual([3000, 3000]);
  });
});
