// State that the instances of one plugin have in common: the server-wide one and those of its applications.

/** Names state of one type, and makes it. Two servers in one process have a state each. */
export interface PluginState<State> {
  /** Called by the first instance that asks. Acquires nothing: an instance may be declared and never started. */
  readonly make: () => State;
}

/**
 * Stands at the top of a plugin's module: `const COUNTS = pluginState(() => new Map<string, number>())`. A plugin whose
 * code has changed is a new module, so it starts with new state.
 */
export function pluginState<State>(make: () => State): PluginState<State> {
  return { make };
}
