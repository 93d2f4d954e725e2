// State that all HLS instances of one server share. The applications' instances fill it, the server's serves from it, and
// reloads leave it alone.
import { HlsCounters } from './counters.ts';
import type { RemotePresentation } from './elsewhere/remote-presentation.ts';
import { PresentationRegistry } from './presentations.ts';
import { PendingRequests } from './requests/pending.ts';
import { HlsSessions } from './sessions.ts';
import { Tokens } from './tokens.ts';

export interface HlsState {
  readonly counters: HlsCounters;
  readonly presentations: PresentationRegistry;
  /** What other workers make, or have made, by the keys of streams. */
  readonly remotes: Map<string, RemotePresentation>;
  readonly sessions: HlsSessions;
  readonly tokens: Tokens;
  readonly pending: PendingRequests;
}

export function makeState(): HlsState {
  const counters = new HlsCounters();
  return {
    counters,
    presentations: new PresentationRegistry(counters),
    remotes: new Map(),
    sessions: new HlsSessions(),
    tokens: new Tokens(),
    pending: new PendingRequests(),
  };
}
