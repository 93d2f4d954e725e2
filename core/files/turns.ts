// A limit on how much goes on at a time, for work that would otherwise occupy every thread of the process.

export class Turns {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param limit - pieces of work that run at a time */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Work that has to wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Does the work when its turn comes. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
