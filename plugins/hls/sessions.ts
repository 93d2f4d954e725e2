// The sessions of viewers, by token.
import type { EndCause } from 'livego';
import type { HlsSession } from './hls-session.ts';

/** An inactive session is remembered this long, and then continues unnoticed; later its player has to start again. */
const MEMORY_MS = 3_600_000;

const REPLACED: EndCause = { code: 'left', message: 'the viewer has another session' };

export class HlsSessions {
  readonly #sessions = new Map<string, HlsSession>();
  /** What gives the place of each back, by token. */
  readonly #places = new Map<string, () => void>();
  /** HLS is off: a viewer that was being admitted then is the last one to come, and nobody would end it. */
  #ended: EndCause | undefined;

  /** Active sessions. */
  get active(): number {
    let active = 0;
    for (const session of this.#sessions.values()) if (session.active) active++;
    return active;
  }

  [Symbol.iterator](): Iterator<HlsSession> {
    return this.#sessions.values();
  }

  find(token: string): HlsSession | undefined {
    return this.#sessions.get(token);
  }

  has(session: HlsSession): boolean {
    return this.#sessions.get(session.token) === session;
  }

  /** HLS is on, also again. */
  begin(): void {
    this.#ended = undefined;
  }

  /**
   * Returns the session of that token: another one if two requests of a player were admitted at the same time.
   * @param free - gives its place back
   */
  add(session: HlsSession, free: () => void): HlsSession {
    if (this.#ended) {
      session.leave(this.#ended);
      free();
      return session;
    }
    const present = this.#sessions.get(session.token);
    if (present && present !== session) session.leave(REPLACED);
    if (present) free();
    else {
      this.#sessions.set(session.token, session);
      this.#places.set(session.token, free);
    }
    return present ?? session;
  }

  /** Forgets the session that has been inactive for longest. False: all are active. */
  makeRoom(): boolean {
    for (const session of this.#sessions.values()) {
      if (session.active) continue;
      this.#forget(session);
      return true;
    }
    return false;
  }

  /** Ends sessions that request nothing, and forgets those that have not returned. */
  sweep(now: number, timeoutMsOf: (session: HlsSession) => number): void {
    for (const session of this.#sessions.values()) {
      const silentMs = now - session.lastSeen;
      if (session.active && silentMs >= timeoutMsOf(session)) session.leave();
      if (!session.active && silentMs >= MEMORY_MS) this.#forget(session);
    }
  }

  endAll(cause: EndCause): void {
    this.#ended = cause;
    for (const session of this.#sessions.values()) session.leave(cause);
    this.#sessions.clear();
    for (const free of this.#places.values()) free();
    this.#places.clear();
  }

  #forget({ token }: HlsSession): void {
    this.#sessions.delete(token);
    this.#places.get(token)?.();
    this.#places.delete(token);
  }
}
