// What all instances of one server share: the files that are being written, and counters.
import type { StreamView } from 'livego';
import { Blocks, ClaimedFiles, Md5Thread, Turns } from 'livego/files';

/** Files that are made safe at a time: each occupies one of the few threads that the process has for its files. */
const MAX_SYNCS = 2;
/** Blocks of 128 KiB that are kept for the next run. */
const MAX_FREE_BLOCKS = 256;

export interface RecordCounters {
  files: number;
  bytes: number;
  failures: number;
  lostMs: number;
  droppedPackets: number;
  droppedGroups: number;
  repairedFiles: number;
  removedFiles: number;
}

export interface WrittenFile {
  readonly path: string;
  readonly startedAt: Date;
  readonly bytes: number;
  readonly durationMs: number;
}

/** What metrics and the list show of a stream that is recorded. */
export interface RecordingFigures {
  readonly stream: StreamView;
  /** Whether it was started by command. */
  readonly commanded: boolean;
  /** The file that is being written. */
  readonly file: WrittenFile | undefined;
  /** Why the last file failed, as long as none has been written since. */
  readonly failure: string | undefined;
  /** Stream time that is in no file because the disk has failed. */
  readonly lostMs: number;
  readonly writing: boolean;
  readonly waitingBytes: number;
}

/** An application that records, as the others have to know it. */
export interface RecordedApplication {
  readonly servername: string;
}

export interface RecordState {
  readonly counters: RecordCounters;
  readonly claimed: ClaimedFiles;
  readonly syncTurns: Turns;
  /** What runs are collected in. */
  readonly blocks: Blocks;
  readonly recordings: Set<RecordingFigures>;
  readonly md5: Md5Thread;
  readonly applications: Set<RecordedApplication>;
}

export function makeState(): RecordState {
  return {
    counters: {
      files: 0,
      bytes: 0,
      failures: 0,
      lostMs: 0,
      droppedPackets: 0,
      droppedGroups: 0,
      repairedFiles: 0,
      removedFiles: 0,
    },
    claimed: new ClaimedFiles(),
    syncTurns: new Turns(MAX_SYNCS),
    blocks: new Blocks(MAX_FREE_BLOCKS),
    md5: new Md5Thread(),
    recordings: new Set(),
    applications: new Set(),
  };
}
