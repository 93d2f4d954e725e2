// Calls taps of events. The hooks and the instances call them in this way alone.
import type { Logger } from '../../log.ts';
import type { TapRecord } from '../../plugin/hooks.ts';

/** Calls one tap of an event and logs its fault. Never throws. */
export function callTap(log: Logger, { plugin, hook }: TapRecord, call: () => unknown): void {
  const failed = (error: unknown): void =>
    log.error({ err: error, plugin, hook }, `plugin ${plugin} threw in ${hook}`);
  try {
    const returned = call();
    // An event waits for no tap, but a rejection must not end the process.
    if (returned instanceof Promise) returned.catch(failed);
  } catch (error) {
    failed(error);
  }
}
