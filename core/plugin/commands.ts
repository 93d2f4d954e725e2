// Commands: actions that a plugin takes on request at run time. The API calls them.
import type { JsonSchema } from '../options/json-schema.ts';

export interface CommandSpec<Input = never> {
  /** `start`; by the API it is called with the plugin's name in front: `record.start`. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input (`type: "object"`). A command declared in `app()` also takes `app`, and need not name it. */
  readonly input: JsonSchema;
  /** Resolves with the outcome, which can be shown as JSON. Throws a `Denial` for input that makes no sense at the time. */
  run(input: Input): unknown;
}

export interface CommandView {
  /** `record.start` */
  readonly name: string;
  readonly description: string;
  readonly input: JsonSchema;
  /** Whether each application has its own: then the input has `app`. */
  readonly perApplication: boolean;
}

/** The commands of all plugins. */
export interface Commands {
  list(): readonly CommandView[];
  /** Throws LVG_COMMAND when the command is unknown or the input does not match its schema. */
  call(name: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
}
