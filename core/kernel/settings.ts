// What a kernel is made with.
import type { ConfigAccess } from '../plugin/config-access.ts';
import type { WorkerCalls } from '../plugin/worker-calls.ts';
import type { OpenDoor } from '../net/door.ts';
import type { Elsewhere } from '../session/elsewhere.ts';
import type { Show } from '../log/variable-mask.ts';
import type { Identities } from '../session/identities.ts';

export interface KernelSettings {
  /** Called before certificates and keys are read, so that no later change of them is missed. */
  readonly onCertificateFiles?: (files: readonly string[]) => void;
  readonly startLimitMs?: number;
  readonly stopLimitMs?: number;
  /** The source of ids. Default: this process alone. */
  readonly identities?: Identities;
  /** The config as plugins see it. Default: one that cannot be loaded or changed. */
  readonly config?: ConfigAccess;
  /** The other workers of the server, as sessions need them. Default: there are none. */
  readonly elsewhere?: Elsewhere;
  /** The other workers, as plugins ask them. Default: there are none. */
  readonly workers?: WorkerCalls;
  /** Where connections come from. Default: listening sockets of this process. */
  readonly openDoor?: OpenDoor;
  /** How texts that may hold variables of the config are printed. Default: as they are. */
  readonly show?: Show | undefined;
  /** The number of the config before the first. Default: 0. */
  readonly generation?: number;
}

/** Asked when a config is staged. What it resolves with is the reason why the config is not applied. */
export type ConfirmReload = () => Promise<string | undefined>;

/** The config is rejected if a plugin takes longer to start. A plugin that takes longer to stop is no longer waited for. */
export const START_LIMIT_MS = 30_000;
export const STOP_LIMIT_MS = 10_000;
