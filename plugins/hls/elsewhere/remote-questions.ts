// How the worker that makes a presentation is asked for it, and what the copy of it needs of this worker.
import type { WorkerNumber } from 'livego';
import type { FileAnswer, FileQuestion, Snapshot, WatchQuestion } from './snapshot.ts';

export interface RemoteQuestions {
  watch(worker: WorkerNumber, question: WatchQuestion): Promise<Snapshot | undefined>;
  file(worker: WorkerNumber, question: FileQuestion): Promise<FileAnswer>;
  /** A segment that a worker has of another one's stream. */
  kept(worker: WorkerNumber, key: string, number: number): Promise<FileAnswer>;
  /** The same of whichever worker has it. Never rejects. */
  keptAnywhere(key: string, number: number): Promise<FileAnswer>;
  /** A worker has not answered. */
  failed(worker: WorkerNumber, key: string, error: unknown): void;
  /** See `holdMemory` of a plugin's context. */
  hold(key: string, change: number): number;
  /** Monotonic milliseconds. */
  now(): number;
}
