// Waiting for a condition that changes with every byte.
import { within } from '../net.ts';

/** `until` checks its condition again at each `notify`. */
export class Progress {
  readonly #waiting = new Set<() => void>();
  readonly #deadlineMs: number | undefined;

  constructor(deadlineMs?: number) {
    this.#deadlineMs = deadlineMs;
  }

  notify(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async until<Value>(look: () => Value | undefined | false, what: string): Promise<Value> {
    const seen = new Promise<Value>((resolve, reject) => {
      const wake = (): void => {
        try {
          const value = look();
          if (value === undefined || value === false) return;
          this.#waiting.delete(wake);
          resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.add(wake);
      wake();
    });
    return within(seen, what, this.#deadlineMs);
  }
}
