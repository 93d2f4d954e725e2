// What a checked config is, as the kernel sees it. Types only: core may import this file and no other of config/.
import type { AppOptions, ServerOptions } from './options.ts';
import type { PluginDefinition } from './plugin/plugin.ts';

/** One plugin's place in the config: switched on or off, with every option filled in. Deep-equal means unchanged. */
export interface PluginSetting {
  readonly enabled: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One entry of servers[]. */
export interface ResolvedApp {
  /** A name, or a pattern with `*` (any run of characters). The first entry that matches a client's application counts. */
  readonly servername: string;
  readonly options: AppOptions;
  /** By plugin name; the root's setting with the entry's own laid over it. */
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
}

/** One fault of a config, placed where the operator can find it. */
export interface ConfigFault {
  readonly file: string;
  /** 1-based; undefined when the fault has no place in the text (a flag, an environment variable, a missing file). */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The option's path as one would type it: `servers[1].hls.segmentSeconds`. Empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, what was found, what is allowed, and the nearest name of a misspelt key. */
  readonly message: string;
}

interface LoadFacts {
  /** Files whose change should lead to another load: the config, custom plugins and what they import. Absolute. */
  readonly files: readonly string[];
  /** Things worth a log line that stop nothing, e.g. a classic key without a meaning here. */
  readonly warnings: readonly string[];
}

export type LoadResult =
  | (LoadFacts & { readonly ok: true; readonly config: ResolvedConfig })
  | (LoadFacts & { readonly ok: false; readonly faults: readonly ConfigFault[] });

/** Where a server gets its config from, again at each reload. Never throws for faults of the config. */
export interface ConfigSource {
  /** For messages: the file's path as the operator gave it. */
  readonly name: string;
  load(): Promise<LoadResult>;
}
