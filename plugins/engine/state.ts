// What all instances of one server share: the engines that run, and counters.
import { ClaimedFiles } from 'livego/files';
import type { Progress } from './progress.ts';

export interface EngineCounters {
  starts: number;
  restarts: number;
  failures: number;
  files: number;
}

/** What the metrics show of an engine. */
export interface EngineFigures {
  readonly app: string;
  readonly name: string;
  readonly running: boolean;
  readonly restarts: number;
  readonly progress: Progress;
  /** Packets that were left out because the program is too slow. */
  readonly droppedPackets: number;
}

export interface EngineState {
  readonly counters: EngineCounters;
  readonly engines: Set<EngineFigures>;
  /** How many run. */
  programs: number;
  readonly claimed: ClaimedFiles;
}

export function makeState(): EngineState {
  return {
    counters: { starts: 0, restarts: 0, failures: 0, files: 0 },
    engines: new Set(),
    programs: 0,
    claimed: new ClaimedFiles(),
  };
}
