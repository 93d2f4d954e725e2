// The state that all instances of one server share: failed tries, open key stores, counters.
import { KeyStores } from './keys/key-stores.ts';
import { PasswordCheck } from './credentials/passwords.ts';
import { SentElsewhere } from './sent-elsewhere.ts';
import { FailedTries } from './tries.ts';

export interface AuthState {
  readonly tries: FailedTries;
  readonly sent: SentElsewhere;
  readonly stores: KeyStores;
  readonly passwords: PasswordCheck;
  readonly counters: AuthCounters;
  /** The `servername`s of applications with channel keys. */
  readonly keyedApps: Set<string>;
}

/** Totals since the server started. */
class AuthCounters {
  /** Counts by role and method: "publish sign". */
  readonly admitted = new Map<string, number>();
  /** Counts by role and code: "play unauthorized". */
  readonly denied = new Map<string, number>();
  closedForBandwidth = 0;

  count(map: Map<string, number>, ...labels: readonly string[]): void {
    const key = labels.join(' ');
    map.set(key, (map.get(key) ?? 0) + 1);
  }
}

export function makeState(): AuthState {
  return {
    tries: new FailedTries(),
    sent: new SentElsewhere(),
    stores: new KeyStores(),
    passwords: new PasswordCheck(),
    counters: new AuthCounters(),
    keyedApps: new Set(),
  };
}
