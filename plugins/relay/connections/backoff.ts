// The pause before another try: exponential, with full jitter.

export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * A pause is a random part of a limit that doubles from try to try. Relays that have lost the same peer at the same moment
 * so return at different moments.
 */
export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  next({ minMs, maxMs }: BackoffLimits): number {
    // Beyond 2^30 the limit is reached, whatever it is.
    const limit = Math.min(maxMs, minMs * 2 ** Math.min(this.#tries++, 30));
    return Math.round(this.#random() * limit);
  }

  reset(): void {
    this.#tries = 0;
  }
}
