// How long things take: the waits of a round, and what a run of the benchmark comes to.

import type { Scenario, ViewerProtocol } from './scenarios.ts';

/** Before viewers join, and at each step of a sweep: the send buffers and the merging find their level. */
export const SETTLE_MS = 3000;
/** Slow enough that no accept queue overflows: what a rush does is asked by the join storm alone. */
export const JOINS_PER_SECOND = 200;

/** To start a server and the load, to see the last viewer's first picture, and to end both: about this long. */
const OVERHEAD_SECONDS = 2;

/** When the load generator gives up waiting for so many viewers' first pictures. */
export function joinTimeoutMs(viewers: number): number {
  return (viewers / JOINS_PER_SECOND) * 1000 + 20_000;
}

export interface Periods {
  /** Before the window, in seconds: what a compiler at run time needs as well. */
  readonly settle: number;
  /** Length of the window, in seconds. */
  readonly seconds: number;
}

/** What one round takes, about. */
export function roundSeconds(scenario: Scenario, protocol: ViewerProtocol | null, periods: Periods): number {
  const watched = protocol !== null && scenario.viewers > 0;
  const joining = watched ? SETTLE_MS / 1000 + scenario.viewers / JOINS_PER_SECOND : 0;
  return OVERHEAD_SECONDS + scenario.spreadMs / 1000 + joining + periods.settle + periods.seconds;
}

/** What growing one server's viewers through the steps takes, about. */
export function sweepSeconds(steps: readonly number[], seconds: number): number {
  const joining = (steps.at(-1) ?? 0) / JOINS_PER_SECOND;
  return OVERHEAD_SECONDS + SETTLE_MS / 1000 + joining + steps.length * (SETTLE_MS / 1000 + seconds);
}

/** "about 85 minutes" */
export function describeDuration(seconds: number): string {
  if (seconds < 90) return `about ${Math.ceil(seconds)} seconds`;
  return `about ${Math.round(seconds / 60)} minutes`;
}
