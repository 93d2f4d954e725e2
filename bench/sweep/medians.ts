// From the steps of all runs to one median for each number of viewers.

import { medianOf } from '../rounds/median.ts';
import type { SweepFigures, SweepStep } from './steps.ts';

/** The figures of one server over all its runs. */
export interface SweepResult {
  readonly server: string;
  readonly about: string;
  /** Each from the first step to the last, or to the one at which the server or the load broke off. */
  readonly runs: readonly (readonly SweepStep[])[];
  /** The reasons why runs broke off. */
  readonly broken: readonly string[];
  readonly medians: readonly SweepMedian[];
}

export interface SweepMedian {
  readonly viewers: number;
  /** Medians over the valid steps of this number of viewers; null when there is none. */
  readonly figures: SweepFigures | null;
  readonly faults: readonly string[];
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
