// Bandwidth: of each publisher and viewer, and of all viewers of an application, averaged over some seconds.
import type { Logger, SessionView } from 'livego';
import type { LimitOptions } from './schema.ts';

interface Meter {
  bytes: number;
  /** When the window began, in monotonic milliseconds. */
  at: number;
  /** In the last whole window. */
  kbps: number;
}

export class Rates {
  readonly #options: LimitOptions;
  readonly #log: Logger;
  readonly #meters = new Map<string, Meter>();
  #sentKbps = 0;
  #closed = 0;

  constructor(options: LimitOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  /** Sessions that were closed for their bandwidth. */
  get closed(): number {
    return this.#closed;
  }

  /** Whether there is anything to watch. */
  get needed(): boolean {
    const { maxPublisherKbps, maxViewerKbps, maxApplicationKbps } = this.#options;
    return maxPublisherKbps > 0 || maxViewerKbps > 0 || maxApplicationKbps > 0;
  }

  /** What the viewers of the application get here. */
  get sentKbps(): number {
    return this.#sentKbps;
  }

  /** Whether the application's viewers get as much as they may already. @param elsewhereKbps - from other workers */
  isFull(elsewhereKbps: number): boolean {
    const { maxApplicationKbps } = this.#options;
    return maxApplicationKbps > 0 && this.#sentKbps + elsewhereKbps >= maxApplicationKbps;
  }

  /** @param now - monotonic milliseconds */
  measure(sessions: Iterable<SessionView>, now: number): void {
    const present = new Set<string>();
    let sentKbps = 0;
    for (const session of sessions) {
      present.add(session.id);
      const kbps = this.#measureOne(session, now);
      if (session.role === 'play') sentKbps += kbps;
    }
    for (const id of [...this.#meters.keys()]) if (!present.has(id)) this.#meters.delete(id);
    this.#sentKbps = sentKbps;
  }

  #measureOne(session: SessionView, now: number): number {
    const { id, role, counters } = session;
    const bytes = role === 'publish' ? counters.receivedBytes : counters.sentBytes;
    const meter = this.#meters.get(id) ?? { bytes, at: now, kbps: 0 };
    this.#meters.set(id, meter);
    const elapsedMs = now - meter.at;
    if (elapsedMs < this.#options.windowSeconds * 1000) return meter.kbps;
    meter.kbps = (8 * (bytes - meter.bytes)) / elapsedMs;
    meter.bytes = bytes;
    meter.at = now;
    this.#enforce(session, meter.kbps);
    return meter.kbps;
  }

  #enforce(session: SessionView, kbps: number): void {
    const { maxPublisherKbps, maxViewerKbps } = this.#options;
    const publishes = session.role === 'publish';
    const most = publishes ? maxPublisherKbps : maxViewerKbps;
    if (most === 0 || kbps <= most) return;
    const option = publishes ? 'auth.limits.maxPublisherKbps' : 'auth.limits.maxViewerKbps';
    const message = `it ${publishes ? 'sends' : 'gets'} ${Math.round(kbps)} kbit/s, and ${most} are allowed (${option})`;
    this.#log.info({ session: session.id }, `a session is closed: ${message}`);
    this.#closed++;
    session.close({ code: 'denied', message });
  }
}
