// The sessions of viewers, by token.
import { Denial, type EndCause } from 'livego';
import type { HlsSession } from './hls-session.ts';

/** An inactive session is remembered this long, and then continues unnoticed; later its player has to start again. */
const MEMORY_MS = 3_600_000;

const REPLACED: EndCause = { code: 'left', message: 'the viewer has another session' };

export class HlsSessions {
  readonly #sessions = new Map<string, HlsSession>();

  /** Active sessions. */
  get active(): number {
    let active = 0;
    for (const session of this.#sessions.values()) if (session.active) active++;
    return active;
  }

  find(token: string): HlsSession | undefined {
    return this.#sessions.get(token);
  }

  has(session: HlsSession): boolean {
    return this.#sessions.get(session.token) === session;
  }

  /** Returns the session of that token: another one if two requests of a player were admitted at the same time. */
  add(session: HlsSession): HlsSession {
    const present = this.#sessions.get(session.token) ?? session;
    if (present !== session) session.leave(REPLACED);
    this.#sessions.set(session.token, present);
    return present;
  }

  /** Makes room for one more; the one that has been inactive for longest is forgotten for it. */
  makeRoom(maxSessions: number): Denial | undefined {
    if (this.#sessions.size < maxSessions) return undefined;
    for (const [token, session] of this.#sessions) {
      if (session.active) continue;
      this.#sessions.delete(token);
      return undefined;
    }
    return new Denial('limit', `the server has ${maxSessions} HLS viewers already (maxSessions)`);
  }

  /** Ends sessions that request nothing, and forgets those that have not returned. */
  sweep(now: number, timeoutMsOf: (session: HlsSession) => number): void {
    for (const [token, session] of this.#sessions) {
      const silentMs = now - session.lastSeen;
      if (session.active && silentMs >= timeoutMsOf(session)) session.leave();
      if (!session.active && silentMs >= MEMORY_MS) this.#sessions.delete(token);
    }
  }

  endAll(cause: EndCause): void {
    for (const session of this.#sessions.values()) session.leave(cause);
    this.#sessions.clear();
  }
}
