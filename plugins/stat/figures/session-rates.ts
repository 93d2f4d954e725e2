// Bitrates of sessions, measured only when somebody asks.
import type { SessionView } from 'livego';

/** Between two measurements of one session, so that asking often does not make them jump. */
const MIN_INTERVAL_MS = 5000;

interface Measured {
  at: number;
  bytes: number;
  kbps: number;
}

export class SessionRates {
  #measured = new Map<string, Measured>();

  /** kbit/s of each session: since it was asked for before, at first since it began. */
  measure(sessions: Iterable<SessionView>, now: number): ReadonlyMap<string, number> {
    const kept = new Map<string, Measured>();
    const rates = new Map<string, number>();
    for (const session of sessions) {
      const measured = this.#renew(session, now);
      kept.set(session.id, measured);
      rates.set(session.id, measured.kbps);
    }
    this.#measured = kept;
    return rates;
  }

  #renew({ id, role, counters, startedAt }: SessionView, now: number): Measured {
    const bytes = role === 'publish' ? counters.receivedBytes : counters.sentBytes;
    const before = this.#measured.get(id);
    if (before && now - before.at < MIN_INTERVAL_MS) return before;
    const elapsed = before ? now - before.at : Math.max(1, Date.now() - startedAt.getTime());
    return { at: now, bytes, kbps: ((bytes - (before?.bytes ?? 0)) * 8) / elapsed };
  }
}
