// A sweep: the viewers of one stream grow in number in one server process, and each number is measured for a window.

import { setTimeout as sleep } from 'node:timers/promises';
import { readTreeUsage } from './process-tree.ts';
import { findFaults, medianOf } from './round.ts';
import { fanOut, type ViewerProtocol } from './scenarios.ts';
import { onStage, type Stage, type StageSetup } from './stage.ts';
import { joinTimeoutMs, JOINS_PER_SECOND, SETTLE_MS, sweepSeconds } from './timing.ts';

export interface SweepSetup extends StageSetup {
  readonly protocol: ViewerProtocol;
  /** Viewers in all at each step, rising. */
  readonly steps: readonly number[];
  /** Length of the window of each step. */
  readonly seconds: number;
}

/** Figures of one number of viewers; NaN for what could not be measured. */
export interface SweepFigures {
  /** Milliseconds from the publisher's send to the probe's receipt. */
  readonly delayP50: number;
  readonly delayP99: number;
  /** Of one core, 0 to 1 and more. */
  readonly cpuShare: number;
  readonly cpuPerGb: number;
  /** Write calls of the server. */
  readonly writesPerSecond: number;
}

export interface SweepStep extends SweepFigures {
  readonly viewers: number;
  /** Why the step does not count; empty when it does. */
  readonly faults: readonly string[];
}

/** What the runs of one server come to. */
export interface SweepResult {
  readonly server: string;
  readonly about: string;
  /** Each from the first step to the last, or to where the server or the load broke off. */
  readonly runs: readonly (readonly SweepStep[])[];
  /** Runs that broke off, and why. */
  readonly broken: readonly string[];
  readonly medians: readonly SweepMedian[];
}

export interface SweepMedian {
  readonly viewers: number;
  /** Over the valid steps of this number of viewers; null when there is none. */
  readonly figures: SweepFigures | null;
  readonly faults: readonly string[];
}

/** One probe in a hundred viewers, as in the fan-out scenarios, and at least one among those who join together. */
const VIEWERS_PER_PROBE = 100;

/** @param onStep is told each step as it is done: what it was told stays, should a later one break off. */
export async function playSweep(setup: SweepSetup, onStep: (step: SweepStep) => void): Promise<void> {
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

async function measureStep(setup: SweepSetup, { pid, load }: Stage, viewers: number): Promise<SweepStep> {
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

/** One median for each number of viewers, over the valid steps of all runs. */
export function mediansOfRuns(
  steps: readonly number[],
  runs: readonly (readonly SweepStep[])[],
): SweepMedian[] {
  return steps.map((viewers) => {
    const all = runs.flatMap((run) => run.filter((step) => step.viewers === viewers));
    const valid = all.filter((step) => step.faults.length === 0);
    const median = (figure: keyof SweepFigures): number => medianOf(valid.map((step) => step[figure]));
    return {
      viewers,
      faults: all.flatMap((step) => step.faults),
      figures:
        valid.length === 0
          ? null
          : {
              delayP50: median('delayP50'),
              delayP99: median('delayP99'),
              cpuShare: median('cpuShare'),
              cpuPerGb: median('cpuPerGb'),
              writesPerSecond: median('writesPerSecond'),
            },
    };
  });
}
