// The order of work on folders of the disk: one thing after another, whoever wants it. A stream that is dropped has its
// files removed while the next one of the same name may already write its own.
import { resolve } from 'node:path';

export class FolderQueues {
  /** The last thing to be done in each folder, in which something is to be done. */
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work when everything that was asked for in this folder before is done or has failed. */
  run<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
    const key = resolve(folder);
    const done = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = done.then(
      () => {},
      // Whoever asked for the work is told of its failure.
      () => {},
    );
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return done;
  }

  /** Resolves when everything that was asked for in this folder is done. */
  async settled(folder: string): Promise<void> {
    await this.#last.get(resolve(folder));
  }
}
