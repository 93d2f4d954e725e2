// Viewers of one stream that are counted and sent no packets: those that fetch files, and those that have paused.
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';

type Ended = (cause: EndCause) => void;

export class IdleViewers {
  readonly #displayKey: string;
  readonly #log: Logger;
  readonly #viewers = new Set<{ readonly ended: Ended }>();

  constructor(displayKey: string, log: Logger) {
    this.#displayKey = displayKey;
    this.#log = log;
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Counts a viewer. Returns a function that makes it leave. */
  add(ended: Ended): () => void {
    const viewer = { ended };
    this.#viewers.add(viewer);
    return () => void this.#viewers.delete(viewer);
  }

  /** Tells all viewers that the stream has ended, and removes them. */
  end(cause: EndCause): void {
    const viewers = [...this.#viewers];
    this.#viewers.clear();
    for (const { ended } of viewers) {
      try {
        ended(cause);
      } catch (error) {
        this.#log.error({ err: error, stream: this.#displayKey }, 'a viewer could not be closed');
      }
    }
  }
}
