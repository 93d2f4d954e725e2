// A logger that is made for its first line: tens of thousands of instances have loggers, and few write anything.
import type { Logger } from './log.ts';
import { writeLine, type LineLevel } from './wrapped-log.ts';

type Line = (...args: unknown[]) => void;

/** Methods are made when they are asked for, so that they work alone as well: `promise.catch(log.error)`. */
class LazyLog {
  readonly #make: () => Logger;
  #log: Logger | undefined;

  constructor(make: () => Logger) {
    this.#make = make;
  }

  get trace(): Line {
    return this.#line('trace');
  }

  get debug(): Line {
    return this.#line('debug');
  }

  get info(): Line {
    return this.#line('info');
  }

  get warn(): Line {
    return this.#line('warn');
  }

  get error(): Line {
    return this.#line('error');
  }

  get child() {
    return (...args: Parameters<Logger['child']>): Logger => this.#made.child(...args);
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

  #line(level: LineLevel): Line {
    return (...args) => writeLine(this.#made, level, args);
  }
}

export function lazyLog(make: () => Logger): Logger {
  return new LazyLog(make) as unknown as Logger;
}
