// A reason why a custom plugin cannot be loaded.

/** Placed in a file of the plugin. */
export interface PluginFault {
  /** Undefined when the fault is in no file of the plugin: it was not found. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** A fault of a whole file, or of no file at all. */
export function unplacedFault(file: string | undefined, message: string): PluginFault {
  return { file, line: undefined, column: undefined, message };
}
