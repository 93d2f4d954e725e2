// Requests that wait until something happens to a stream.

export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wake`, after `limitMs`, or when the signal aborts. */
  wait(limitMs: number, signal: AbortSignal): Promise<void> {
    if (limitMs <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        this.#waiting.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, limitMs);
      signal.addEventListener('abort', settle);
      this.#waiting.add(settle);
    });
  }

  /** Lets all of them look again. */
  wake(): void {
    for (const settle of [...this.#waiting]) settle();
  }
}
