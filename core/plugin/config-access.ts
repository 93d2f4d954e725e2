// The config, for plugins that show, check and change it.
import type { ConfigFault } from '../config-fault.ts';
import type { AppOptions, ServerOptions } from '../options/options.ts';
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

/** The config's text and a tag that changes with it. */
export interface ConfigText {
  readonly text: string;
  readonly tag: string;
}

/** A config that has been applied. Its text may hold secrets. */
export interface AppliedText extends ConfigText {
  readonly generation: number;
  readonly at: Date;
  /** Why it was loaded: "livego.json5 changed". */
  readonly reason: string;
  /** What it changed. */
  readonly words: readonly string[];
}

/**
 * - `saved`: the new text was written to the file, and the report says what came of it.
 * - `conflict`: the file is not the one that the tag names. Nothing has changed.
 * - `rejected`: the new text has faults, or could not be applied. Nothing has changed.
 */
export type EditedConfig =
  | { readonly outcome: 'saved'; readonly tag: string; readonly report: ReloadReport }
  | { readonly outcome: 'conflict'; readonly tag: string }
  | { readonly outcome: 'rejected'; readonly faults: readonly ConfigFault[]; readonly error?: string };

export interface ConfigEdit {
  /** For the log: who has changed it. */
  readonly reason: string;
  /** The tag that the file must have. Default: any. */
  readonly tag?: string | undefined;
}

/** A key at the root that stands for an option of a plugin, or for one of each of several. */
export interface ShortForm {
  /** "hlsport"; it matches in any letter case. */
  readonly key: string;
  /** "hls.port" */
  readonly options: readonly string[];
}

export interface ConfigAccess {
  /** Those of the plugins of the config that is applied. */
  readonly shortForms: readonly ShortForm[];
  /** The last reloads, the newest first. At most a few dozen. */
  readonly reports: readonly ReloadReport[];
  /** For messages: the file's path as the operator gave it. */
  readonly file: string;
  /** The config that is applied; undefined before the first. The same object until another config is applied. */
  current(): AppliedConfig | undefined;
  /** The texts that have been applied, the newest first. At most a few. */
  readonly history: readonly AppliedText[];
  /** The file's text. Throws LVG_CONFIG_FILE. */
  read(): Promise<ConfigText>;
  /**
   * Changes the file and applies it, one call after the other. If the new text is rejected, the file stays, or is put
   * back. `change` gets the file's text as it is when its turn comes, and may be called again if somebody else saves the file at the same moment.
   * Throws LVG_CONFIG_WRITE when the file cannot be written, and what `change` throws.
   */
  edit(change: (text: string) => string, edit: ConfigEdit): Promise<EditedConfig>;
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
