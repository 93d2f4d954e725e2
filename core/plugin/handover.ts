// State that an instance hands to the instance that replaces it.

/** Names state of one type. An instance and its successor find each other by the name, also when the code has changed. */
export interface HandoverKey<State> {
  readonly name: string;
  /** Holds the type only. */
  readonly state?: State;
}

/** `const CONNECTIONS = handoverKey<Map<string, Socket>>('connections')` */
export function handoverKey<State>(name: string): HandoverKey<State> {
  return { name };
}

/** The state that the predecessor gives away. */
export interface GivenState<State> {
  readonly state: State;
  /** Called once, and only if the successor could not take the state: close what it holds. */
  dispose(): void;
}

/**
 * The predecessor owns the state until `take` has returned. If `take` throws, the state is disposed of, once. From the
 * moment `give` is called the predecessor leaves the state alone, also in `onStop`.
 */
export interface Handover<State> {
  /** Called on the predecessor, between two packets. Not called when there is no successor, or none that wants it. */
  give(): GivenState<State>;
  /** Called on the successor before it is current. The state may come from another version of the plugin: check it. */
  take(state: State): void;
}

/** A handover as the kernel keeps it. */
export interface HandoverRecord {
  readonly name: string;
  readonly handover: Handover<unknown>;
}
