// Loggers around a logger, which change or leave out lines.
import { levels } from 'pino';
import type { Logger } from './log.ts';

export type LineLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export interface LogWrapping {
  /** Called for each line whose level is written. */
  write(level: LineLevel, args: readonly unknown[]): void;
  child(bindings: Parameters<Logger['child']>[0], options?: Parameters<Logger['child']>[1]): Logger;
}

export function wrapLog(log: Logger, wrapping: LogWrapping): Logger {
  const line =
    (level: LineLevel) =>
    (...args: unknown[]): void => {
      if ((levels.values[log.level] ?? Number.POSITIVE_INFINITY) <= levels.values[level]!)
        wrapping.write(level, args);
    };
  return {
    trace: line('trace'),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: ((...args: Parameters<LogWrapping['child']>) => wrapping.child(...args)) as never,
    get level() {
      return log.level;
    },
    set level(level) {
      log.level = level;
    },
  };
}

/** Writes a line as it was given. */
export function writeLine(log: Logger, level: LineLevel, args: readonly unknown[]): void {
  Reflect.apply(log[level], log, args);
}
