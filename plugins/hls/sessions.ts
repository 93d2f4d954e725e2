// The sessions of viewers, by token.
import { Denial, hostOf, networkOf, type EndCause } from 'livego';
import type { HlsSession } from './hls-session.ts';
import type { HlsOptions } from './schema.ts';

type SessionLimits = Pick<HlsOptions, 'maxSessions' | 'maxSessionsPerAddress'>;

/** An inactive session is remembered this long, and then continues unnoticed; later its player has to start again. */
const MEMORY_MS = 3_600_000;

const REPLACED: EndCause = { code: 'left', message: 'the viewer has another session' };

export class HlsSessions {
  readonly #sessions = new Map<string, HlsSession>();
  /** Sessions of each network, active or not. */
  readonly #counts = new Map<string, number>();

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

  /** Returns the session of that token: another one if two requests of a player were admitted at the same time. */
  add(session: HlsSession): HlsSession {
    const present = this.#sessions.get(session.token) ?? session;
    if (present !== session) session.leave(REPLACED);
    else if (!this.#sessions.has(session.token)) this.#count(session, 1);
    this.#sessions.set(session.token, present);
    return present;
  }

  /** Why a client may have no more sessions. @param address - the client's network */
  denialFor(address: string, maxSessionsPerAddress: number): Denial | undefined {
    if (maxSessionsPerAddress === 0 || (this.#counts.get(address) ?? 0) < maxSessionsPerAddress)
      return undefined;
    const reason = `this address has ${maxSessionsPerAddress} HLS sessions already (maxSessionsPerAddress)`;
    return new Denial('limit', reason);
  }

  /** Whether there may be one more, without another being forgotten for it. @param remote - tells the client's address */
  hasRoom({ maxSessions, maxSessionsPerAddress }: SessionLimits, remote: () => string): boolean {
    const { size } = this.#sessions;
    if (size >= maxSessions) return false;
    if (maxSessionsPerAddress === 0 || size < maxSessionsPerAddress) return true;
    return this.denialFor(networkOf(hostOf(remote())), maxSessionsPerAddress) === undefined;
  }

  /** Makes room for one more; the one that has been inactive for longest is forgotten for it. */
  makeRoom(maxSessions: number): Denial | undefined {
    if (this.#sessions.size < maxSessions) return undefined;
    for (const session of this.#sessions.values()) {
      if (session.active) continue;
      this.#forget(session);
      return undefined;
    }
    return new Denial('limit', `the server has ${maxSessions} HLS viewers already (maxSessions)`);
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
    for (const session of this.#sessions.values()) session.leave(cause);
    this.#sessions.clear();
    this.#counts.clear();
  }

  #forget(session: HlsSession): void {
    this.#sessions.delete(session.token);
    this.#count(session, -1);
  }

  #count({ address }: HlsSession, change: number): void {
    const count = (this.#counts.get(address) ?? 0) + change;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}
