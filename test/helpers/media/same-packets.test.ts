// A comparison that cannot fail proves nothing.
import { describe, expect, test } from 'vitest';
import { clip, probePackets } from './ffmpeg.ts';
import type { ProbedPacket } from './ffmpeg.ts';
import { expectSamePackets } from './same-packets.ts';

function packet(index: number): ProbedPacket {
  const video = index % 2 === 0;
  const [kind, codec] = video ? (['video', 'h264'] as const) : (['audio', 'aac'] as const);
  const hash = index.toString(16).padStart(32, '0');
  return {
    kind,
    codec,
    stream: index % 2,
    pts: index / 50,
    dts: index / 50,
    keyframe: !video || index % 10 === 0,
    size: 100,
    hash,
  };
}

const source = Array.from({ length: 40 }, (_, index) => packet(index));
const shifted = source.map((each) => ({ ...each, pts: (each.pts ?? 0) + 3, dts: (each.dts ?? 0) + 3 }));

describe('expectSamePackets accepts', () => {
  test('the same packets', () => expectSamePackets(source, source, { timestamps: 'equal' }));
  test('one offset for all timestamps', () => expectSamePackets(source, shifted));
  test('a viewer who joined at a later keyframe', () =>
    expectSamePackets(source, source.slice(20), { from: 'keyframe' }));
  test('a viewer who left early', () => expectSamePackets(source, source.slice(0, 15), { to: 'anywhere' }));

  test('a keyframe whose content occurred before', () => {
    const twice = [...source, ...source];
    expectSamePackets(twice, twice.slice(50), { from: 'keyframe', timestamps: 'ignore' });
  });

  test('audio that moved against video, if it may', () => {
    const moved = source.with(4, packet(5)).with(5, packet(4));
    expectSamePackets(source, moved, { order: 'per-kind' });
    expect(() => expectSamePackets(source, moved)).toThrow('source packets 4 and 5 are swapped');
  });
});

/** Name, captured packets, message. */
const DIFFERENCES: [string, ProbedPacket[], string][] = [
  ['nothing at all', [], 'nothing was captured'],
  ['a missing packet', source.toSpliced(7, 1), '1 packets are missing, from source packet 7 on'],
  ['a missing run', source.toSpliced(7, 5), '5 packets are missing, from source packet 7 on'],
  ['a missing first packet', source.slice(1), '1 packets are missing, from source packet 0 on'],
  [
    'a missing last packet',
    source.slice(0, -1),
    '1 packets are missing at the end, from source packet 39 on',
  ],
  ['a doubled packet', source.toSpliced(7, 0, packet(7)), 'captured packet 8 is doubled'],
  ['a doubled last packet', [...source, packet(39)], 'captured packet 40 is doubled'],
  ['a repeated packet', source.toSpliced(12, 0, packet(7)), 'captured packet 12 repeats an earlier one'],
  ['swapped packets', source.with(7, packet(8)).with(8, packet(7)), 'source packets 7 and 8 are swapped'],
  ['an altered packet', source.with(7, { ...packet(7), hash: 'f'.repeat(32) }), 'source packet 7 is altered'],
  [
    'an altered last packet',
    source.with(39, { ...packet(39), hash: 'f'.repeat(32) }),
    'source packet 39 is altered',
  ],
  [
    'a foreign packet',
    source.toSpliced(7, 0, packet(99)),
    'captured packet 7 is not what follows in the source',
  ],
  [
    'a lost keyframe flag',
    source.with(10, { ...packet(10), keyframe: false }),
    'source packet 10 is altered',
  ],
  ['packets too many', [...source, packet(50)], '1 packets too many, from captured packet 40 on'],
  [
    'a timestamp that jumps',
    source.with(7, { ...packet(7), dts: 9 }),
    'the dts of captured packet 7 is off by 8.860 s',
  ],
  [
    'a changed composition time',
    source.with(7, { ...packet(7), pts: 0.2 }),
    'the pts of captured packet 7 is off by 0.060 s',
  ],
];

describe('expectSamePackets fails for', () => {
  test.each(DIFFERENCES)('%s', (_name, captured, message) => {
    expect(() => expectSamePackets(source, captured)).toThrow(message);
  });

  test('an offset where timestamps have to be equal', () => {
    expect(() => expectSamePackets(source, shifted, { timestamps: 'equal' })).toThrow('off by 3.000 s');
  });

  test('audio that drifts from video', () => {
    const drifting = source.map((each) =>
      each.kind === 'audio' ? { ...each, dts: (each.dts ?? 0) + 0.04 } : each,
    );
    expect(() => expectSamePackets(source, drifting, { order: 'together' })).toThrow(
      'captured packet 1 is off by 0.040 s',
    );
  });

  test('a viewer who started between keyframes', () => {
    expect(() => expectSamePackets(source, source.slice(13), { from: 'keyframe' })).toThrow(
      'not a keyframe of the source',
    );
  });

  test('a packet that a late viewer missed', () => {
    const captured = source.slice(20).toSpliced(5, 1);
    expect(() => expectSamePackets(source, captured, { from: 'keyframe' })).toThrow(
      'from source packet 25 on',
    );
  });

  test('a missing track', () => {
    const silent = source.filter((each) => each.kind === 'video');
    expect(() => expectSamePackets(source, silent, { order: 'per-kind' })).toThrow(
      '20 audio packets were sent and 0 captured',
    );
  });
});

test('a generated clip has a keyframe every two seconds, B-frames, and no two packets alike', async () => {
  const packets = await probePackets(await clip());
  const video = packets.filter(({ kind }) => kind === 'video');
  const audio = packets.filter(({ kind }) => kind === 'audio');
  expect(video.length).toBe(150);
  expect(video.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))).toEqual([0, 50, 100]);
  expect(video.some(({ pts = 0 }, index) => pts < (video[index - 1]?.pts ?? 0))).toBe(true);
  expect(audio.length).toBeGreaterThanOrEqual(258);
  expect(new Set(packets.map(({ hash }) => hash)).size).toBe(packets.length);
});
