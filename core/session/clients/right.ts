// The time for which a client may stay. Gates shorten it; the earliest end counts.
import type { EndCause } from '../../end-cause.ts';

const DEFAULT_REASON = 'the right to publish or play has expired';

export class Right {
  readonly #outer: Right | undefined;
  /** Monotonic milliseconds, so that a jump of the wall clock changes nothing. */
  #endsAt = Infinity;
  #reason = DEFAULT_REASON;

  /** @param outer - the right of the whole connection, which limits this one, also when it is shortened later */
  constructor(outer?: Right) {
    this.#outer = outer;
  }

  limitUntil(at: Date, reason: string = DEFAULT_REASON): void {
    const endsAt = performance.now() + at.getTime() - Date.now();
    // An invalid date ends the right at once.
    if (endsAt >= this.#endsAt) return;
    this.#endsAt = Number.isNaN(endsAt) ? 0 : endsAt;
    this.#reason = reason;
  }

  /** Why the right is over; undefined while it is not. */
  expired(now: number): EndCause | undefined {
    const { endsAt, reason } = this.#end();
    return now >= endsAt ? { code: 'expired', message: reason } : undefined;
  }

  #end(): { readonly endsAt: number; readonly reason: string } {
    const own = { endsAt: this.#endsAt, reason: this.#reason };
    if (!this.#outer) return own;
    const outer = this.#outer.#end();
    return outer.endsAt <= own.endsAt ? outer : own;
  }
}
