// Runs asynchronous work one after another for each key, and at the same time for different keys.

export class KeyedQueues {
  /** The last work of each key that has some. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Whether work of this key is under way or waits. */
  has(key: string): boolean {
    return this.#last.has(key);
  }

  /** Does the work when all earlier work of this key is done or has failed. */
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = done
      // The caller learns of the failure from its own promise.
      .catch(() => {})
      .then(() => {
        if (this.#last.get(key) === settled) this.#last.delete(key);
      });
    this.#last.set(key, settled);
    return done;
  }

  /** Resolves when all work of this key is done. */
  async settled(key: string): Promise<void> {
    await this.#last.get(key);
  }
}
