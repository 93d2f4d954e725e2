// Callers that wait until something happens.
import { after } from '../time/after.ts';

/** Each caller waits until the next `wake`, until its time is over, or until its signal aborts. */
export class Waiters<Value = void> {
  readonly #waiting = new Set<(value: Value | undefined) => void>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves with the value of the next `wake`; with undefined after `limitMs`, or when the signal aborts. */
  wait(limitMs: number, signal?: AbortSignal): Promise<Value | undefined> {
    if (limitMs <= 0 || signal?.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (value: Value | undefined): void => {
        cancel();
        signal?.removeEventListener('abort', giveUp);
        this.#waiting.delete(settle);
        resolve(value);
      };
      const giveUp = (): void => settle(undefined);
      const cancel = after(limitMs, giveUp);
      signal?.addEventListener('abort', giveUp);
      this.#waiting.add(settle);
    });
  }

  /** Lets every caller continue. */
  wake(value: Value): void {
    for (const settle of [...this.#waiting]) settle(value);
  }

  /** Lets every caller continue with undefined. */
  dismiss(): void {
    for (const settle of [...this.#waiting]) settle(undefined);
  }
}
