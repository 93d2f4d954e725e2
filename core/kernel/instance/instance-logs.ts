// The loggers of instances. A child logger of pino keeps the level that it was made with, so each is told a new one: also
// those of replaced instances, whose sessions continue.
import type { Logger, LogLevel } from '../../log/log.ts';

export class InstanceLogs {
  readonly #root: Logger;
  readonly #children = new Set<WeakRef<Logger>>();
  // A check of a config declares instances that nobody keeps, and the API may check often.
  readonly #gone = new FinalizationRegistry<WeakRef<Logger>>((child) => this.#children.delete(child));

  constructor(root: Logger) {
    this.#root = root;
  }

  /** Loggers that are kept, of instances that somebody still has. */
  get count(): number {
    return this.#children.size;
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    const child = this.#root.child(fields);
    const reference = new WeakRef(child);
    this.#children.add(reference);
    this.#gone.register(child, reference);
    return child;
  }

  setLevel(level: LogLevel): void {
    this.#root.level = level;
    for (const each of this.#children) {
      const child = each.deref();
      // pino makes all of a logger's methods again.
      if (child && child.level !== level) child.level = level;
    }
  }
}
