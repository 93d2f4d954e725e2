// Runs the jobs of each folder of the disk one after another: the files of a dropped stream may still be on their way out
// when the next stream of the same name writes its own.
import { resolve } from 'node:path';
import { KeyedQueues } from '../collections/keyed-queues.ts';

export class FolderQueues {
  readonly #queues = new KeyedQueues();

  /** Does the work when all earlier jobs of this folder are done or have failed. */
  run<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
    return this.#queues.run(resolve(folder), work);
  }

  /** Resolves when all jobs of this folder are done. */
  settled(folder: string): Promise<void> {
    return this.#queues.settled(resolve(folder));
  }
}
