// Bitrates of sessions, measured only when somebody asks.
import type { SessionView } from 'livego';

/** Between two measurements of one session, so that asking often does not make them jump. */
const MIN_INTERVAL_MS = 5000;

interface Measured {
  readonly at: number;
  readonly bytes: number;
  readonly kbps: number;
}

export class SessionRates {
  readonly #measured = new Map<string, Measured>();

  /** Sessions that are no longer among the present ones have ended. */
  forgetOthers(present: readonly SessionView[]): void {
    const ids = new Set(present.map(({ id }) => id));
    for (const id of this.#measured.keys()) if (!ids.has(id)) this.#measured.delete(id);
  }

  /** kbit/s: since it was asked for before, at first since the session began. */
  measure({ id, role, counters, startedAt }: SessionView, now: number): number {
    const bytes = role === 'publish' ? counters.receivedBytes : counters.sentBytes;
    const before = this.#measured.get(id);
    if (before && now - before.at < MIN_INTERVAL_MS) return before.kbps;
    const elapsed = before ? now - before.at : Math.max(1, Date.now() - startedAt.getTime());
    const kbps = ((bytes - (before?.bytes ?? 0)) * 8) / elapsed;
    this.#measured.set(id, { at: now, bytes, kbps });
    return kbps;
  }
}
