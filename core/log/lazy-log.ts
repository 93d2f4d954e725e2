// A logger that is made for its first line: tens of thousands of instances have loggers, and few write anything.
import type { Logger } from './log.ts';
import { writeLine } from './wrapped-log.ts';

type Child = Logger['child'];

class LazyLog {
  readonly #make: () => Logger;
  #log: Logger | undefined;

  constructor(make: () => Logger) {
    this.#make = make;
  }

  trace(...args: unknown[]): void {
    writeLine(this.#made, 'trace', args);
  }

  debug(...args: unknown[]): void {
    writeLine(this.#made, 'debug', args);
  }

  info(...args: unknown[]): void {
    writeLine(this.#made, 'info', args);
  }

  warn(...args: unknown[]): void {
    writeLine(this.#made, 'warn', args);
  }

  error(...args: unknown[]): void {
    writeLine(this.#made, 'error', args);
  }

  child(...args: Parameters<Child>): Logger {
    return this.#made.child(...args);
  }

  get level(): string {
    return this.#made.level;
  }

  set level(level: string) {
    this.#made.level = level;
  }

  get #made(): Logger {
    return (this.#log ??= this.#make());
  }
}

export function lazyLog(make: () => Logger): Logger {
  return new LazyLog(make) as unknown as Logger;
}
