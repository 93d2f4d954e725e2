// The report of a reload, for the log line, the API and the metrics.
import type { ConfigFault } from '../config-fault.ts';

/** An instance as the operator knows it: "hls", or "hls of live" for one of an application. */
export type InstanceName = string;

export interface ReloadChanges {
  readonly added: readonly InstanceName[];
  readonly replaced: readonly InstanceName[];
  readonly removed: readonly InstanceName[];
  readonly kept: number;
  readonly appsAdded: readonly string[];
  readonly appsRemoved: readonly string[];
  /** Applications that stand elsewhere in servers[]: the first entry that matches a name counts. */
  readonly appsMoved: readonly string[];
  /** Options that belong to no plugin, by path: `maxStreams`, `servers[event].mergeWriteMs`. */
  readonly options: readonly string[];
  /** Addresses that have been opened, and closed: `rtmp.port :1936`. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Options of TLS addresses whose certificate is new. */
  readonly certificates: readonly string[];
  /** Changed options that apply to new sessions only, by path: present sessions keep the old value. */
  readonly nextSessionOnly: readonly string[];
  /** Protocols of applications whose present sessions are closed, and those whose sessions may finish. */
  readonly closing: readonly InstanceName[];
  readonly draining: readonly InstanceName[];
}

export const NO_CHANGES: ReloadChanges = {
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
