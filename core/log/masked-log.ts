// A logger whose lines show variables of the config by name.
import type { Logger } from './log.ts';
import { showIn, type Show } from './variable-mask.ts';
import { wrapLog, writeLine } from './wrapped-log.ts';

/** @param show - default: the logger stays as it is */
export function maskLog(log: Logger, show: Show | undefined): Logger {
  if (!show) return log;
  return wrapLog(log, {
    write: (level, args) =>
      writeLine(
        log,
        level,
        args.map((each) => showIn(each, show)),
      ),
    child: (bindings, options) => maskLog(log.child(showIn(bindings, show), options), show),
  });
}
