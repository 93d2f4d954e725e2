// A checked config, as the kernel sees it. Types only: config/ makes these configs and hands them to the server.
import type { ConfigFault } from './config-fault.ts';
import type { AppOptions, ServerOptions } from './options/options.ts';
import type { PluginDefinition } from './plugin/plugin.ts';

/** A plugin's place in the config: switched on or off, with every option filled in. Deep-equal means unchanged. */
export interface PluginSetting {
  readonly enabled: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One entry of servers[]. */
export interface ResolvedApp {
  /** A name, or a pattern with `*` (any run of characters). The first entry that matches a client's application is used. */
  readonly servername: string;
  readonly options: AppOptions;
  /** Settings by plugin name: the root's, overridden by the entry's own. */
  readonly plugins: ReadonlyMap<string, PluginSetting>;
}

/** A config without faults, defaults filled in. */
export interface ResolvedConfig {
  readonly server: ServerOptions;
  /** Built-in plugins first, then custom ones as listed: the order in which gates are asked. */
  readonly definitions: readonly PluginDefinition[];
  /** Root settings by plugin name. */
  readonly plugins: ReadonlyMap<string, PluginSetting>;
  readonly apps: readonly ResolvedApp[];
  /** Where an option such as "rtmp.port" stands in the text, in words: "line 3"; undefined if it does not. */
  readonly placeOf?: (option: string) => string | undefined;
}

interface LoadFacts {
  /** Absolute paths of the files whose change leads to another load: the config, custom plugins and their imports. */
  readonly files: readonly string[];
  /** The config's text; undefined when there is no file. */
  readonly text?: string | undefined;
  /** For the log: these do not prevent a load, such as a classic key without a meaning here. */
  readonly warnings: readonly string[];
}

/** @typeParam Config - what the loader makes of a config without faults */
export type LoadResult<Config = ResolvedConfig> =
  | (LoadFacts & { readonly ok: true; readonly config: Config; readonly text?: string })
  | (LoadFacts & { readonly ok: false; readonly faults: readonly ConfigFault[] });

/** The source of a server's config, asked again at each reload. Never throws for faults of the config. */
export interface ConfigSource<Config = ResolvedConfig> {
  /** For messages: the file's path as the operator gave it. */
  readonly name: string;
  /** The text as it may be printed: with `${NAME}` in place of what variables of the loaded configs hold. */
  show?(text: string): string;
  /** @param text - a config to load instead of the file's; relative paths are resolved as in the file */
  load(text?: string): Promise<LoadResult<Config>>;
  /** The file's text. Throws LVG_CONFIG_FILE. A source without a file has neither of the two. */
  read?(): Promise<string>;
  /** Replaces the file's text, as a whole. Throws LVG_CONFIG_WRITE. */
  write?(text: string): Promise<void>;
}
