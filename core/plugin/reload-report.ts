// The report of a reload, for the log line, the API and the metrics.
import type { ConfigFault } from '../config-fault.ts';

/** An instance as the operator knows it: "hls", or "hls of live" for one of an application. */
export type InstanceName = string;

/** The changes of a reload, with `Place` for instances of plugins and `Option` for options that changed. */
export interface ChangesOf<Place, Option> {
  readonly added: readonly Place[];
  readonly replaced: readonly Place[];
  readonly removed: readonly Place[];
  readonly kept: number;
  readonly appsAdded: readonly string[];
  readonly appsRemoved: readonly string[];
  /** Applications that stand elsewhere in servers[]: the first entry that matches a name counts. */
  readonly appsMoved: readonly string[];
  /** Options that belong to no plugin, by path: `maxStreams`, `servers[event].mergeWriteMs`. */
  readonly options: readonly Option[];
  /** Addresses that have been opened, and closed: `rtmp.port :1936`. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Options of TLS addresses whose certificate is new. */
  readonly certificates: readonly string[];
  /** Changed options that apply to new sessions only, by path: present sessions keep the old value. */
  readonly nextSessionOnly: readonly Option[];
  /** Protocols of applications whose present sessions are closed, and those whose sessions may finish. */
  readonly closing: readonly Place[];
  readonly draining: readonly Place[];
}

/** The changes as the operator knows them. */
export type ReloadChanges = ChangesOf<InstanceName, string>;

export const NO_CHANGES: ChangesOf<never, never> = {
  added: [],
  replaced: [],
  removed: [],
  kept: 0,
  appsAdded: [],
  appsRemoved: [],
  appsMoved: [],
  options: [],
  opened: [],
  closed: [],
  certificates: [],
  nextSessionOnly: [],
  closing: [],
  draining: [],
};

export interface ReloadReport {
  /** The generation that is current after the reload. */
  readonly generation: number;
  readonly outcome: 'applied' | 'unchanged' | 'rejected';
  readonly at: Date;
  readonly milliseconds: number;
  readonly changes: ReloadChanges;
  /** The changes in words, shorter: `hls replaced`, `application event removed`. */
  readonly words: readonly string[];
  readonly streamsKept: number;
  readonly viewersKept: number;
  readonly sessionsClosed: number;
  /** After a rejection: the faults of the file, or else the error of staging. */
  readonly faults: readonly ConfigFault[];
  readonly error: string | undefined;
}
