// A logger whose lines show variables of the config by name.
import { levels } from 'pino';
import type { Logger } from './log.ts';
import { showIn, type Show } from './variable-mask.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';
type Write = (...args: unknown[]) => void;

/** @param show - default: the logger stays as it is */
export function maskLog(log: Logger, show: Show | undefined): Logger {
  if (!show) return log;
  const write =
    (level: Level): Write =>
    (...args) => {
      if ((levels.values[log.level] ?? Number.POSITIVE_INFINITY) > levels.values[level]!) return;
      const shown = args.map((each) => showIn(each, show));
      Reflect.apply(log[level], log, shown);
    };
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (bindings, options) => maskLog(log.child(showIn(bindings, show), options), show) as never,
    get level() {
      return log.level;
    },
    set level(level) {
      log.level = level;
    },
  };
}
