// Calls taps of events. The hooks and the instances call them in this way alone.
import { callPlugin } from '../../call-plugin.ts';
import type { Logger } from '../../log/log.ts';
import type { TapRecord } from '../../plugin/hooks.ts';

/** Calls one tap of an event and logs its fault. Never throws. */
export function callTap(log: Logger, { plugin, hook, owner }: TapRecord, call: () => unknown): void {
  // While a server stops, some instances have stopped and others still have something to tell.
  if (owner.stopped) return;
  callPlugin(call, (error) => log.error({ err: error, plugin, hook }, `plugin ${plugin} threw in ${hook}`));
}
