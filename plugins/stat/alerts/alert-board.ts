// Alerts as states: raised when something has been wrong for a while, cleared when it has been right for a while.
import type { StreamView } from 'livego';
import type { AlertOptions } from '../schema.ts';
import type { Finding } from './rules.ts';

/** An alert that was raised or cleared just now. */
export interface ChangedAlert {
  readonly code: string;
  readonly state: 'raised' | 'cleared';
  readonly app: string;
  readonly name: string;
  /** The stream's name in logs. */
  readonly stream: string;
  readonly message: string;
}

/** An alert as lists show it. */
export interface ListedAlert {
  readonly code: string;
  readonly state: 'raised' | 'cleared';
  readonly app: string;
  readonly name: string;
  readonly stream: string;
  readonly message: string;
  readonly raisedAt: string;
  readonly clearedAt?: string;
}

/** Cleared alerts that lists still show. */
const MAX_CLEARED = 200;

interface Watched {
  message: string;
  /** Monotonic milliseconds at which it turned wrong, or right again. */
  since: number;
  wrong: boolean;
  raisedAt: Date | undefined;
}

export class AlertBoard {
  readonly #streams = new Map<StreamView, Map<string, Watched>>();
  #cleared: readonly ListedAlert[] = [];

  /** Raised alerts, then those that were cleared, the newest first. */
  list(): readonly ListedAlert[] {
    return [...[...this.#streams.keys()].flatMap((stream) => this.raisedOf(stream)), ...this.#cleared];
  }

  raisedOf(stream: StreamView): readonly ListedAlert[] {
    return [...(this.#streams.get(stream) ?? [])].flatMap(([code, watched]) =>
      watched.raisedAt ? [listed(stream, code, watched, watched.raisedAt)] : [],
    );
  }

  /** Raised alerts by code. */
  count(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const alerts of this.#streams.values())
      for (const [code, { raisedAt }] of alerts) if (raisedAt) counts.set(code, (counts.get(code) ?? 0) + 1);
    return counts;
  }

  /** Notes what is wrong with a stream now. Returns the alerts that changed. */
  update(
    stream: StreamView,
    findings: readonly Finding[],
    now: number,
    options: AlertOptions,
  ): ChangedAlert[] {
    const watched = this.#streams.get(stream) ?? new Map<string, Watched>();
    this.#streams.set(stream, watched);
    for (const { code, message } of findings) {
      const present = watched.get(code);
      if (!present) watched.set(code, { message, since: now, wrong: true, raisedAt: undefined });
      else {
        if (!present.wrong) Object.assign(present, { since: now, wrong: true });
        present.message = message;
      }
    }
    const wrong = new Set(findings.map(({ code }) => code));
    return [...watched].flatMap(([code, each]) =>
      wrong.has(code)
        ? this.#raise(stream, code, each, now - options.raiseAfterSeconds * 1000)
        : this.#clear(stream, code, each, { now, clearAfterMs: options.clearAfterSeconds * 1000 }),
    );
  }

  /** The stream has ended, and its alerts with it. */
  forget(stream: StreamView): ChangedAlert[] {
    const watched = [...(this.#streams.get(stream) ?? [])].filter(([, each]) => each.raisedAt);
    for (const [code, each] of watched) this.#keepCleared(stream, code, each);
    this.#streams.delete(stream);
    return watched.map(([code, { message }]) => facts(stream, code, 'cleared', message));
  }

  #raise(stream: StreamView, code: string, watched: Watched, limit: number): ChangedAlert[] {
    if (watched.raisedAt || watched.since > limit) return [];
    watched.raisedAt = new Date();
    return [facts(stream, code, 'raised', watched.message)];
  }

  #clear(
    stream: StreamView,
    code: string,
    watched: Watched,
    { now, clearAfterMs }: { readonly now: number; readonly clearAfterMs: number },
  ): ChangedAlert[] {
    if (watched.wrong) Object.assign(watched, { since: now, wrong: false });
    if (watched.raisedAt && now - watched.since < clearAfterMs) return [];
    this.#streams.get(stream)?.delete(code);
    if (!watched.raisedAt) return [];
    this.#keepCleared(stream, code, watched);
    return [facts(stream, code, 'cleared', watched.message)];
  }

  #keepCleared(stream: StreamView, code: string, watched: Watched): void {
    if (!watched.raisedAt) return;
    const alert = listed(stream, code, watched, watched.raisedAt);
    const cleared: ListedAlert = { ...alert, state: 'cleared', clearedAt: new Date().toISOString() };
    this.#cleared = [cleared, ...this.#cleared].slice(0, MAX_CLEARED);
  }
}

function facts(
  { app, name, displayKey }: StreamView,
  code: string,
  state: ChangedAlert['state'],
  message: string,
): ChangedAlert {
  return { code, state, app, name, stream: displayKey, message };
}

function listed(stream: StreamView, code: string, { message }: Watched, raisedAt: Date): ListedAlert {
  const { app, displayKey } = stream;
  const name = displayKey.slice(app.length + 1);
  return { code, state: 'raised', app, name, stream: displayKey, message, raisedAt: raisedAt.toISOString() };
}
