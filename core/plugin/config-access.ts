// The config, for plugins that show, check and change it.
import type { ConfigFault } from '../config-fault.ts';
import type { AppOptions, ServerOptions } from '../options.ts';
import type { ReloadChanges, ReloadReport } from './reload-report.ts';

export type CheckedConfig =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | {
      readonly ok: false;
      readonly faults: readonly ConfigFault[];
      readonly error?: string;
      readonly warnings: readonly string[];
    };

export type PlannedConfig =
  | {
      readonly ok: true;
      readonly warnings: readonly string[];
      readonly changes: ReloadChanges;
      readonly words: readonly string[];
    }
  | Extract<CheckedConfig, { ok: false }>;

/** A plugin's switch and its options, defaults filled in. */
export interface AppliedPlugin {
  readonly enabled: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface AppliedApp {
  readonly servername: string;
  readonly options: AppOptions;
  readonly plugins: Readonly<Record<string, AppliedPlugin>>;
}

/** The config that is applied, defaults filled in. It has secrets: whoever shows it hides them. */
export interface AppliedConfig {
  readonly server: ServerOptions;
  readonly plugins: Readonly<Record<string, AppliedPlugin>>;
  readonly apps: readonly AppliedApp[];
}

export interface ConfigAccess {
  /** The last reloads, the newest first. At most a few dozen. */
  readonly reports: readonly ReloadReport[];
  /** For messages: the file's path as the operator gave it. */
  readonly file: string;
  /** The config that is applied; undefined before the first. */
  current(): AppliedConfig | undefined;
  /** What a config's text would be rejected for. Starts nothing. */
  check(text: string): Promise<CheckedConfig>;
  /** The changes that a config's text would make. Starts nothing. */
  plan(text: string): Promise<PlannedConfig>;
  /**
   * Applies a text, as if the file held it. The file stays as it is, and its next change applies the file again. Of
   * several that wait, only the newest is applied, and all get its report.
   */
  apply(text: string, reason: string): Promise<ReloadReport>;
  /** Loads the file again and applies it. */
  reload(reason: string): Promise<ReloadReport>;
}
