// Checked configs as the kernel takes them, made by hand. Every option has its default unless the test sets it.
import type { PluginSetting, ResolvedApp, ResolvedConfig } from '../../core/config.ts';
import {
  APP_OPTIONS_SCHEMA,
  SERVER_OPTIONS_SCHEMA,
  type AppOptions,
  type ServerOptions,
} from '../../core/options/options.ts';
import type { JsonSchema, PluginDefinition } from '../../core/plugin/plugin.ts';

/** A plugin's options; `true` stands for `{}`, `false` for switched off. */
export type TestSetting = boolean | Readonly<Record<string, unknown>>;

export interface TestAppConfig {
  readonly options?: Partial<AppOptions>;
  /** Overrides the root's settings. */
  readonly plugins?: Readonly<Record<string, TestSetting>>;
}

export interface TestConfig {
  readonly definitions: readonly PluginDefinition[];
  readonly server?: Partial<ServerOptions>;
  /** Root settings by plugin name; a definition that is not mentioned is on, with no options. */
  readonly plugins?: Readonly<Record<string, TestSetting>>;
  /** Entries of servers[] in order. Default: one, "live". */
  readonly apps?: Readonly<Record<string, TestAppConfig>>;
}

export const DEFAULT_APP_OPTIONS = defaultsOf(APP_OPTIONS_SCHEMA) as unknown as AppOptions;
export const DEFAULT_SERVER_OPTIONS = defaultsOf(SERVER_OPTIONS_SCHEMA) as unknown as ServerOptions;

/** Makes new objects at each call, as each load of a file does. */
export function resolveForTest(config: TestConfig): ResolvedConfig {
  const root = new Map(
    config.definitions.map(({ name }) => [name, setting(config.plugins?.[name] ?? true)] as const),
  );
  const apps = Object.entries(config.apps ?? { live: {} });
  return {
    server: { ...DEFAULT_SERVER_OPTIONS, level: 'trace', ...config.server },
    definitions: config.definitions,
    plugins: root,
    apps: apps.map(([servername, entry]): ResolvedApp => ({
      servername,
      options: { ...DEFAULT_APP_OPTIONS, ...entry.options },
      plugins: new Map(
        [...root].map(([name, inherited]) => [name, override(inherited, entry.plugins?.[name])] as const),
      ),
    })),
  };
}

/** A definition whose options are not checked. */
export function pluginForTest(
  name: string,
  functions: {
    // Test plugins take any options.
    readonly server?: (
      context: Parameters<NonNullable<PluginDefinition['server']>>[0],
      options: Record<string, unknown>,
    ) => void;
    readonly app?: (
      context: Parameters<NonNullable<PluginDefinition['app']>>[0],
      options: Record<string, unknown>,
    ) => void;
  },
): PluginDefinition {
  return { name, schema: { type: 'object', properties: {} }, ...functions };
}

function setting(value: TestSetting): PluginSetting {
  return { enabled: value !== false, options: typeof value === 'object' ? structuredClone(value) : {} };
}

function override(inherited: PluginSetting, value: TestSetting | undefined): PluginSetting {
  if (value === undefined) return { enabled: inherited.enabled, options: structuredClone(inherited.options) };
  if (typeof value === 'boolean') return { enabled: value, options: structuredClone(inherited.options) };
  return { enabled: true, options: { ...structuredClone(inherited.options), ...structuredClone(value) } };
}

function defaultsOf(schema: JsonSchema): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  return Object.fromEntries(
    Object.entries(properties).map(([key, each]) => [
      key,
      each['type'] === 'object' ? defaultsOf(each) : each['default'],
    ]),
  );
}
