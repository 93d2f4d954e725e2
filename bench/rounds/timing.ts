// Durations: the waits of a round, and estimates of the whole benchmark.

import type { ViewerProtocol } from '../load/load.ts';
import type { Scenario } from './scenarios.ts';

/** The wait before viewers join, and at each step of a sweep, in which send buffers and merging reach a steady state. */
export const SETTLE_MS = 3000;
/** Slow enough that no accept queue overflows. Only the join storm measures a rush. */
export const JOINS_PER_SECOND = 200;

/** An estimate for starting the server and the load, for the last viewer's first picture, and for ending both. */
const OVERHEAD_SECONDS = 2;

/** After this time the load generator no longer waits for the first pictures of this many viewers. */
export function joinTimeoutMs(viewers: number): number {
  return (viewers / JOINS_PER_SECOND) * 1000 + 20_000;
}

export interface Periods {
  /** The wait before the window, in seconds, in which a compiler at run time does its work as well. */
  readonly settle: number;
  /** Length of the window, in seconds. */
  readonly seconds: number;
}

/** An estimate of one round. */
export function roundSeconds(scenario: Scenario, protocol: ViewerProtocol | null, periods: Periods): number {
  const watched = protocol !== null && scenario.viewers > 0;
  const joining = watched ? SETTLE_MS / 1000 + scenario.viewers / JOINS_PER_SECOND : 0;
  return OVERHEAD_SECONDS + scenario.spreadMs / 1000 + joining + periods.settle + periods.seconds;
}

/** An estimate of one server's way through the steps of a sweep. */
export function sweepSeconds(steps: readonly number[], seconds: number): number {
  const joining = (steps.at(-1) ?? 0) / JOINS_PER_SECOND;
  return OVERHEAD_SECONDS + SETTLE_MS / 1000 + joining + steps.length * (SETTLE_MS / 1000 + seconds);
}

/** "about 85 minutes" */
export function describeDuration(seconds: number): string {
  if (seconds < 90) return `about ${Math.ceil(seconds)} seconds`;
  return `about ${Math.round(seconds / 60)} minutes`;
}
