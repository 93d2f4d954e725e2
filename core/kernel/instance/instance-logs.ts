// The loggers of instances. A child logger of pino keeps the level that it was made with, so each is told a new one: also
// those of replaced instances, whose sessions continue.
import type { Logger, LogLevel } from '../../log/log.ts';

export class InstanceLogs {
  readonly #root: Logger;
  readonly #children = new Set<WeakRef<Logger>>();

  constructor(root: Logger) {
    this.#root = root;
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    const child = this.#root.child(fields);
    this.#children.add(new WeakRef(child));
    return child;
  }

  setLevel(level: LogLevel): void {
    this.#root.level = level;
    for (const each of this.#children) {
      const child = each.deref();
      if (child) child.level = level;
      else this.#children.delete(each);
    }
  }
}
