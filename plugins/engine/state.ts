// What all instances of one server share: the engines there are, and counters.
import type { LeftDrafts } from 'livego';
import { ClaimedFiles } from 'livego/files';
import type { EngineOptions } from './schema.ts';

export interface EngineCounters {
  starts: number;
  restarts: number;
  failures: number;
  files: number;
}

/** See the drawing in engine.ts. */
export type EnginePhase = 'waiting' | 'running' | 'resting' | 'stopping';

/** What the list and the metrics show of an engine. */
export interface EngineStatus {
  readonly app: string;
  /** `***` where the stream's name may be a secret. */
  readonly name: string;
  readonly profile: EngineOptions['profile'];
  readonly state: EnginePhase;
  readonly pid: number | undefined;
  readonly startedAt: string | undefined;
  readonly retryInMs: number | undefined;
  readonly restarts: number;
  readonly fps: number;
  /** 1 is real time. */
  readonly speed: number;
  readonly bitsPerSecond: number;
  /** Media that the present run has written. */
  readonly writtenMs: number;
  /** Packets that were left out because the program is too slow. */
  readonly droppedPackets: number;
  /** Why the last run ended, until the next one is steady. */
  readonly lastError: string | undefined;
  /** The last lines of its standard error, the newest last. */
  readonly errorLines: readonly string[];
}

export interface ListedEngine {
  readonly status: EngineStatus;
  /** Ends its program at once. */
  kill(): void;
}

export interface EngineState {
  readonly counters: EngineCounters;
  readonly engines: Set<ListedEngine>;
  readonly claimed: ClaimedFiles;
  /** Those that run, as far as the others have to know them. */
  readonly applications: Set<{ sweep(): void }>;
  /** Of the server-wide instance, as soon as it is active. */
  drafts: LeftDrafts | undefined;
}

export function makeState(): EngineState {
  return {
    counters: { starts: 0, restarts: 0, failures: 0, files: 0 },
    engines: new Set(),
    claimed: new ClaimedFiles(),
    applications: new Set(),
    drafts: undefined,
  };
}
