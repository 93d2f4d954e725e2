// The plugin contract: everything a plugin may be and may use. This file is its reference manual.
import type { AppContext, ServerContext } from './context.ts';

/** A JSON Schema (draft 07) object, as Ajv reads it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A plugin. `server` and `app` only *declare*, synchronously, through their context; nothing opens a socket, a file or
 * a timer before `onStart`. Whatever was declared is undone when the instance stops, in reverse order.
 */
export interface PluginDefinition<Options = never> {
  /** Its key in the config, its folder, its name in logs. */
  readonly name: string;
  /**
   * JSON Schema of its options (`type: "object"`): each with a default and a description. An option that only makes
   * sense for the whole server, such as a port, carries `level: "server"` and is refused in entries of servers[]. One
   * that a session reads only when it begins carries `applies: "next-session"`: the reload's report then says so.
   */
  readonly schema: JsonSchema;
  /**
   * Flat root keys of the classic config and the option each stands for: `{ hlsport: "port" }`. `enabled` as a target
   * stands for the plugin's switch. They match in any letter case.
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Whether it is on when the config does not mention it. Default: true. */
  readonly enabledByDefault?: boolean;
  /** Called once per server that has the plugin on at the root: listeners, routes, server-wide hooks. */
  server?(context: ServerContext, options: Options): void;
  /** Called once per entry of servers[] that has the plugin on: taps on that application's hooks. */
  app?(context: AppContext, options: Options): void;
}

/** Gives a plugin its type. `Options` is what `schema` describes, with every default filled in. */
export function definePlugin<Options>(definition: PluginDefinition<Options>): PluginDefinition {
  return definition;
}
