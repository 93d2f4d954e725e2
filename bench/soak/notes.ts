// The messages of the server's process to its parent.

export interface ReloadNote {
  readonly kind: 'report';
  /** The config of the file is the current one now. */
  readonly applied: boolean;
  /** The outcome in the report's own word. */
  readonly outcome: string;
  readonly words: string;
  readonly errors: readonly string[];
  readonly streams: number;
  readonly viewers: number;
  readonly closed: number;
  /** Milliseconds since the epoch, as `now()` returns them. */
  readonly at: number;
}

export interface LoopNote {
  readonly kind: 'loop';
  /** Longest time for which the event loop was held since the last question, ms. */
  readonly heldMs: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** What keeps the process alive, by kind: TCPSocketWrap, Timeout and others. */
  readonly resources: Readonly<Record<string, number>>;
}

export type Note =
  ReloadNote | LoopNote | { readonly kind: 'ready' } | { readonly kind: 'failed'; message: string };

/** A question of the parent, answered by a `LoopNote`. `collect`: collect garbage first. */
export interface LoopQuestion {
  readonly collect: boolean;
}
