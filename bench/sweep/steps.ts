// One run of a sweep: the number of viewers of one stream grows in one server process, step by step.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewerProtocol } from '../load/load.ts';
import { readTreeUsage } from '../processes/process-tree.ts';
import { findFaults } from '../rounds/faults.ts';
import { fanOut } from '../rounds/scenarios.ts';
import { onStage, type Stage, type StageSetup } from '../rounds/stage.ts';
import { joinTimeoutMs, JOINS_PER_SECOND, SETTLE_MS, sweepSeconds } from '../rounds/timing.ts';

export interface StepsSetup extends StageSetup {
  readonly protocol: ViewerProtocol;
  /** All viewers together at each step, rising. */
  readonly steps: readonly number[];
  /** Length of each step's window, in seconds. */
  readonly seconds: number;
}

/** Figures of one number of viewers; NaN where the machine does not tell one. */
export interface SweepFigures {
  /** Milliseconds from the publisher's send to the probe's receipt. */
  readonly delayP50: number;
  readonly delayP99: number;
  /** The share of one core: 1 is a whole one, and it may be more. */
  readonly cpuShare: number;
  readonly cpuPerGb: number;
  /** The server's write calls. */
  readonly writesPerSecond: number;
}

export interface SweepStep extends SweepFigures {
  readonly viewers: number;
  /** The reasons why the step does not count; empty when it does. */
  readonly faults: readonly string[];
}

/** One probe in a hundred viewers, as in the fan-out scenarios, and at least one among the viewers of a step. */
const VIEWERS_PER_PROBE = 100;

/** @param onStep gets each step as soon as it is done, so that a later one that breaks off costs no earlier one. */
export async function playSteps(setup: StepsSetup, onStep: (step: SweepStep) => void): Promise<void> {
  const { steps, seconds, protocol } = setup;
  await onStage(setup, 60 + 2 * sweepSeconds(steps, seconds), async ({ pid, load }) => {
    await load.publish(1, 0);
    await sleep(SETTLE_MS);
    let present = 0;
    for (const viewers of steps) {
      const count = viewers - present;
      const probes = Math.max(1, Math.round(count / VIEWERS_PER_PROBE));
      const timeoutMs = joinTimeoutMs(count);
      await load.join(protocol, { count, perSecond: JOINS_PER_SECOND, probes, stalled: 0, timeoutMs });
      present = viewers;
      await sleep(SETTLE_MS);
      onStep(await measureStep(setup, { pid, load }, viewers));
    }
  });
}

async function measureStep(setup: StepsSetup, { pid, load }: Stage, viewers: number): Promise<SweepStep> {
  await load.mark();
  const before = readTreeUsage(pid);
  await sleep(setup.seconds * 1000);
  const after = readTreeUsage(pid);
  const report = await load.report();
  const cpu = after.user + after.system - before.user - before.system;
  return {
    viewers,
    faults: findFaults({ scenario: fanOut(viewers), clip: setup.clip }, report),
    delayP50: report.delayMs?.p50 ?? Number.NaN,
    delayP99: report.delayMs?.p99 ?? Number.NaN,
    cpuShare: cpu / report.seconds,
    cpuPerGb: cpu / (report.bytes / 1e9),
    writesPerSecond: (after.writeCalls - before.writeCalls) / report.seconds,
  };
}
