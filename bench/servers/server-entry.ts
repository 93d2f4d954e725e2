// One server of the comparison.

import type { ViewerProtocol } from '../load/load.ts';

/** The application that every server serves. */
export const APP = 'live';

export interface Ports {
  readonly rtmp: number;
  readonly http: number;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServerEntry {
  readonly name: string;
  readonly about: string;
  readonly protocols: readonly ViewerProtocol[];
  /** Ours, or one that ours is compared with. */
  readonly role: 'livego' | 'peer';
  /** The scenarios it takes part in unless it is asked for by name; all when absent, none when empty. */
  readonly scenarios?: readonly string[];
  /** The reason why it cannot take part on this machine. */
  readonly missing?: string;
  /** Writes its config into `folder`, which is empty and for this run alone. */
  prepare(folder: string, ports: Ports): Launch;
}

/** `missing` as an optional field. */
export function absence(missing: string | undefined): { missing?: string } {
  return missing === undefined ? {} : { missing };
}
