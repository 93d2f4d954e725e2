// How long things take: the waits of a round, and what a run of the benchmark comes to.

import type { Scenario, ViewerProtocol } from './scenarios.ts';

/** Settling time before a window: the JIT, the send buffers and the merging find their level. */
export const SETTLE_MS = 3000;
/** Slow enough that no accept queue overflows: what a rush does is asked by the join storm alone. */
export const JOINS_PER_SECOND = 200;

/** To start a server and the load, to see the last viewer's first picture, and to end both: about this long. */
const OVERHEAD_SECONDS = 2;

/** When the load generator gives up waiting for so many viewers' first pictures. */
export function joinTimeoutMs(viewers: number): number {
  return (viewers / JOINS_PER_SECOND) * 1000 + 20_000;
}

/** What one round takes, about. `seconds`: the window. */
export function roundSeconds(scenario: Scenario, protocol: ViewerProtocol | null, seconds: number): number {
  const settles = protocol !== null && scenario.viewers > 0 ? 2 : 1;
  const joining = scenario.viewers / JOINS_PER_SECOND;
  return OVERHEAD_SECONDS + scenario.spreadMs / 1000 + (settles * SETTLE_MS) / 1000 + joining + seconds;
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
