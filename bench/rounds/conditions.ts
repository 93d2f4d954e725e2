// The common conditions of all measurements of one call.

import type { Clip } from '../load/clip.ts';
import type { LoadProgram } from '../load/load-program.ts';
import type { MachineFacts } from './machine.ts';

export interface Conditions {
  readonly machine: MachineFacts;
  readonly clip: Clip;
  readonly program: LoadProgram;
  /** Repetitions. */
  readonly runs: number;
  /** Before the window, in seconds. */
  readonly settle: number;
  /** Length of the window, in seconds. */
  readonly seconds: number;
  readonly readEveryMs: number;
}
