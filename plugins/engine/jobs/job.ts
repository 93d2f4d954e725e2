// What an engine does with its stream: the part in which the profiles differ.
import type { AppContext } from 'livego';
import type { Child } from '../run/child.ts';
import type { Program } from '../program.ts';
import type { RunClock } from '../run/run-clock.ts';
import type { EngineOptions } from '../schema.ts';
import type { EngineState } from '../state.ts';

export interface JobServices {
  readonly context: Pick<AppContext, 'provide' | 'fileEnd' | 'peerLog'>;
  readonly options: EngineOptions;
  readonly program: Program;
  readonly state: EngineState;
}

/** A run of the program. */
export interface StartedRun {
  readonly child: Child;
  readonly clock: RunClock;
}

/** The work of one engine, over all runs of its program. */
export interface Job {
  /** Descriptors behind standard error that the program writes to. */
  readonly outputs: number;
  /** Makes ready what a run writes to, and returns its arguments. May fail; `exited` follows either way. */
  prepare(): Promise<readonly string[]>;
  started(run: StartedRun, onProgress: (line: string) => void): void;
  /** A run has ended. @param writtenMs - media that it has written, if it told */
  exited(writtenMs: number): Promise<void>;
  /** No further run follows. */
  end(): void;
}
