// The rounds that count. A wrong decision would go unnoticed.

import { describe, expect, it } from 'vitest';
import type { LoadFigures } from '../../../bench/load/load-figures.ts';
import { findFaults } from '../../../bench/rounds/faults.ts';
import { scenarios } from '../../../bench/rounds/scenarios.ts';

const scenario = scenarios.find((one) => one.name === 'stalled')!;
const clip = { flv: '', path: '', durationMs: 60_000, bytesPerSecond: 150_000, messagesPerSecond: 77 };
const good: LoadFigures = {
  event: 'report',
  seconds: 10,
  loadCpuSeconds: 2,
  bytes: 600_000_000,
  published: 1_500_000,
  publishers: 1,
  publisherLateMs: 1,
  playing: 400,
  closed: 0,
  stalled: 100,
  stalledClosed: 100,
  joined: 400,
  pictures: 400,
  probes: { lost: 0, backwards: 0, video: 3000, audio: 4690 },
  completeness: { viewers: 400, min: 1, mean: 1.01, max: 1.02, short: 0, long: 0 },
  delayMs: null,
  firstMediaMs: null,
  firstPictureMs: null,
};

describe('a round', () => {
  it('counts when every healthy viewer got everything, whatever happened to the stalled ones', () => {
    expect(findFaults({ scenario, clip }, good)).toEqual([]);
  });

  it('counts although its window has one keyframe more than its share, which is much in a short window', () => {
    const short = { ...good, seconds: 5, published: 150_000 * 5 * 1.064 };
    expect(findFaults({ scenario, clip }, short)).toEqual([]);
    expect(findFaults({ scenario, clip }, { ...good, published: 1_500_000 * 1.064 })).toEqual([
      'published 106.4 % of what real time asks for',
    ]);
  });

  it('does not count, and says why, when the server lost something or the load was not as intended', () => {
    const bad: LoadFigures = {
      ...good,
      published: 1_200_000,
      playing: 398,
      loadCpuSeconds: 9.5,
      probes: { ...good.probes, lost: 3 },
      completeness: { ...good.completeness, short: 2, min: 0.4 },
    };
    expect(findFaults({ scenario, clip }, bad)).toEqual([
      'published 80.0 % of what real time asks for',
      '2 healthy viewers are not playing',
      '2 of 400 viewers got too little (down to 40.0 %)',
      '3 messages lost on the way to the probes',
      'the load generator itself used 95.0 % of a core',
    ]);
  });
});
