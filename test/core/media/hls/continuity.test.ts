// What is no discontinuity, and what is one although timestamps continue.
import { describe, expect, test } from 'vitest';
import { Segmenter, type SegmentCut } from '../../../../core/media/hls/index.ts';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import {
  aacFrame,
  aacHeader,
  audio,
  avcRecord,
  video,
  videoFrame,
  videoHeader,
} from '../mpegts/flv-packets.ts';

const DATA = Buffer.alloc(20, 1);
const key = (at: number): MediaPacket => videoFrame(at, DATA, { keyframe: true });
const inter = (at: number): MediaPacket => videoFrame(at, DATA);
const sound = (at: number): MediaPacket => aacFrame(at, DATA);
const HEADERS = [videoHeader(), aacHeader()];

interface Tracks {
  /** Whether there is a frame at the time. */
  readonly video?: (at: number) => boolean;
  readonly audio?: (at: number) => boolean;
}

/** 25 frames a second, a keyframe each second, sound beside each. */
function* stream(
  start: number,
  end: number,
  { video: seen, audio: heard }: Tracks = {},
): Generator<MediaPacket> {
  for (let at = start; at < end; at += 40) {
    if (seen?.(at) ?? true) yield at % 1000 === 0 ? key(at) : inter(at);
    if (heard?.(at) ?? true) yield sound(at + 15);
  }
}

function run(segmenter: Segmenter, packets: Iterable<MediaPacket>): { cuts: SegmentCut[]; skipped: number } {
  const cuts: SegmentCut[] = [];
  let skipped = 0;
  for (const packet of packets) {
    const decision = segmenter.decide(packet);
    if (decision === 'skip') skipped++;
    else if (decision !== 'append') cuts.push(decision);
  }
  return { cuts, skipped };
}

test.each([12, 60, 600])('no discontinuity and no lost frame: sound that pauses for %i s', (seconds) => {
  const heard = (at: number): boolean => at < 4000 || at >= 4000 + seconds * 1000;
  const { cuts, skipped } = run(new Segmenter(), [
    ...HEADERS,
    ...stream(0, (seconds + 10) * 1000, { audio: heard }),
  ]);
  expect(cuts.filter(({ discontinuity }) => discontinuity)).toEqual([]);
  expect(skipped).toBe(0);
});

test('no discontinuity and no lost frame: one picture in 12 s, with continuous sound', () => {
  const seen = (at: number): boolean => at < 4000 || at >= 16_000;
  const { cuts, skipped } = run(new Segmenter(), [...HEADERS, ...stream(0, 24_000, { video: seen })]);
  expect(cuts.filter(({ discontinuity }) => discontinuity)).toEqual([]);
  expect(skipped).toBe(0);
});

test('no discontinuity and no lost frame: a packet that is 300 ms too early', () => {
  const packets = [...HEADERS, ...stream(0, 10_000)];
  for (const early of [101, 204]) packets[early] = early % 2 === 1 ? sound(1700) : inter(3740);
  const { cuts, skipped } = run(new Segmenter(), packets);
  expect(cuts.map(({ durationMs, discontinuity }) => [durationMs, discontinuity])).toEqual(
    Array.from({ length: 4 }, () => [2000, false]),
  );
  expect(skipped).toBe(0);
});

test.each([
  ['with another composition time', video(0, Buffer.concat([Buffer.from('1700000050', 'hex'), avcRecord()]))],
  ['in the enhanced form', videoHeader(avcRecord(), { form: 'coded-frames' })],
  ['with bytes behind it', videoHeader(Buffer.concat([avcRecord(), Buffer.from('fdf8f800', 'hex')]))],
  ['of AAC with an extension that adds nothing', aacHeader(Buffer.from('119056e500', 'hex'))],
  ['of AAC in the enhanced form', aacHeader(undefined, 'enhanced')],
  ['of AAC with other sound flags', audio(0, Buffer.from('ae001190', 'hex'))],
])('no discontinuity and no lost frame: the same configuration %s', (_, header) => {
  const segmenter = new Segmenter();
  run(segmenter, [...HEADERS, ...stream(0, 1000)]);
  const { cuts, skipped } = run(segmenter, [
    header,
    ...stream(1000, 2040),
    ...HEADERS,
    ...stream(2040, 4040),
  ]);
  expect(cuts.map(({ durationMs, discontinuity }) => [durationMs, discontinuity])).toEqual([
    [2000, false],
    [2000, false],
  ]);
  expect(skipped).toBe(0);
});

test('no discontinuity and no lost frame: sound that was announced and comes after 8 s: segments have had silence', () => {
  const { cuts, skipped } = run(new Segmenter(), [
    ...HEADERS,
    ...stream(0, 14_000, { audio: (at) => at >= 8000 }),
  ]);
  expect(cuts.filter(({ discontinuity }) => discontinuity)).toEqual([]);
  expect(skipped).toBe(0);
});

test('no discontinuity and no lost frame: an end of sequence, which belongs to no segment', () => {
  const end = video(0, Buffer.from('1702000000', 'hex'));
  const { cuts, skipped } = run(new Segmenter(), [
    ...HEADERS,
    ...stream(0, 1000),
    end,
    ...stream(1000, 2040),
  ]);
  expect(cuts).toMatchObject([{ reason: 'keyframe', durationMs: 2000 }]);
  expect(skipped).toBe(1);
});
describe('is a discontinuity, at the next keyframe:', () => {
  test('sound that joins video without having been announced', () => {
    const segmenter = new Segmenter();
    const silent = run(segmenter, [videoHeader(), ...stream(0, 8040, { audio: () => false })]);
    expect(silent.cuts.map(({ discontinuity }) => discontinuity)).toEqual([false, false, false, false]);
    const joined = run(segmenter, [aacHeader(), ...stream(8040, 12_000)]);
    expect(joined.cuts.map(({ durationMs, discontinuity }) => [durationMs, discontinuity])).toEqual([
      [1000, true],
      [2000, false],
    ]);
    expect(joined.skipped).toBe(24);
  });

  test('sound whose header comes in the middle and whose frames come later', () => {
    const segmenter = new Segmenter();
    run(segmenter, [videoHeader(), ...stream(0, 4040, { audio: () => false })]);
    const { cuts } = run(segmenter, [aacHeader(), ...stream(4040, 9000, { audio: (at) => at > 7000 })]);
    expect(cuts.filter(({ discontinuity }) => discontinuity)).toHaveLength(1);
  });
});
