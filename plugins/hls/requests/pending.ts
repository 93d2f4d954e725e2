// Requests that wait: for a publisher, for a first segment, for a startup delay.

export class PendingRequests {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Counts a request for as long as it waits. */
  async hold<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#count++;
    try {
      return await wait();
    } finally {
      this.#count--;
    }
  }
}
