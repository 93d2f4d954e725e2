// Failed tries of each address: they are slowed, then denied for a while. An IPv6 /64 counts as one address.
import { BoundedMap, Denial } from 'livego';
import type { TriesOptions } from './schema.ts';

interface Record {
  failures: number;
  /** Monotonic milliseconds, as all times here. */
  firstAt: number;
  bannedUntil: number;
}

/** Addresses that are remembered; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 20_000;
/** Answers that are held back at the same time. Beyond, they are given at once. */
const MAX_HELD_BACK = 1000;
const FIRST_DELAY_MS = 100;

export class FailedTries {
  readonly #records = new BoundedMap<string, Record>(MAX_ADDRESSES);
  #heldBack = 0;
  #tellOthers: (address: string, options: TriesOptions) => void = () => {};

  get size(): number {
    return this.#records.size;
  }

  countBanned(now: number): number {
    let banned = 0;
    for (const { bannedUntil } of this.#records.values()) if (bannedUntil > now) banned++;
    return banned;
  }

  /** Denies an address that has failed too often. */
  denial(address: string, now: number): Denial | undefined {
    const record = this.#records.get(address);
    if (!record || record.bannedUntil <= now) return undefined;
    const retryAfterSeconds = Math.ceil((record.bannedUntil - now) / 1000);
    const reason = `too many failed tries from this address; try again in ${retryAfterSeconds} s`;
    return new Denial('too-many-tries', reason, { retryAfterSeconds });
  }

  /** Sets who tells the other workers of a failure. */
  tellOthersWith(tell: (address: string, options: TriesOptions) => void): void {
    this.#tellOthers = tell;
  }

  /** Notes a failure. Returns how long the answer is to be held back. */
  note(address: string, options: TriesOptions, now: number): number {
    if (options.maxFailures > 0) this.#tellOthers(address, options);
    return this.noteElsewhere(address, options, now);
  }

  /** Notes a failure at another worker. */
  noteElsewhere(address: string, options: TriesOptions, now: number): number {
    const { maxFailures, windowSeconds, banSeconds, slowAfter, maxDelayMs } = options;
    if (maxFailures === 0) return 0;
    const present = this.#records.get(address);
    const isOver = !present || now - present.firstAt > windowSeconds * 1000;
    const record = isOver ? { failures: 0, firstAt: now, bannedUntil: 0 } : present;
    record.failures++;
    if (record.failures >= maxFailures) {
      record.bannedUntil = now + banSeconds * 1000;
      record.failures = 0;
      record.firstAt = now;
    }
    this.#records.set(address, record);
    const excess = record.failures - slowAfter;
    return excess < 0 ? 0 : Math.min(maxDelayMs, FIRST_DELAY_MS * 2 ** Math.min(excess, 10));
  }

  /** Resolves after the delay, or at once when too many answers are held back already. */
  async holdBack(delayMs: number): Promise<void> {
    if (delayMs === 0 || this.#heldBack >= MAX_HELD_BACK) return;
    this.#heldBack++;
    await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
    this.#heldBack--;
  }
}
