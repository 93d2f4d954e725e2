// Runs the jobs of each folder of the disk one after another: the files of a dropped stream may still be on their way out
// when the next stream of the same name writes its own.
import { resolve } from 'node:path';

export class FolderQueues {
  /** The last job of each folder that has one. */
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work when all earlier jobs of this folder are done or have failed. */
  run<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
    const key = resolve(folder);
    const done = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = done.then(
      () => {},
      // The caller learns of the failure from its own promise.
      () => {},
    );
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return done;
  }

  /** Resolves when all jobs of this folder are done. */
  async settled(folder: string): Promise<void> {
    await this.#last.get(resolve(folder));
  }
}
