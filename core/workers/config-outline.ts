// What a supervisor needs to know of a config: plain data. A process that has loaded the plugins makes it, so that the
// supervisor need not load them.
import type { ServerOptions } from '../options/options.ts';
import type { PlannedAddress } from '../net/planned-address.ts';

export interface ConfigOutline {
  readonly server: ServerOptions;
  /** Names and patterns. */
  readonly applications: readonly string[];
  readonly addresses: readonly PlannedAddress[];
  /** Why a config without faults cannot be applied, such as two plugins that exclude each other. Then it has no addresses. */
  readonly conflict: string | undefined;
  /** Where the options that name addresses stand in the text: "line 3". */
  readonly places: ReadonlyMap<string, string>;
}
