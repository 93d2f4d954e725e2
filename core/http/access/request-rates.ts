// Limits how often an address may ask: so many at once, and as many again in each minute.
import { BoundedMap } from '../../collections/bounded-map.ts';

/** Addresses that are remembered. Beyond it those that asked longest ago are forgotten. */
const MAX_ADDRESSES = 10_000;
const MINUTE_MS = 60_000;

interface Bucket {
  left: number;
  at: number;
}

export class RequestRates {
  readonly #perMinute: number;
  readonly #buckets = new BoundedMap<string, Bucket>(MAX_ADDRESSES);

  /** @param perMinute - 0: no limit */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Seconds until the address may ask again; 0 if it may now. */
  waitSeconds(address: string, now: number): number {
    const bucket = this.#buckets.get(address);
    if (this.#perMinute === 0 || !bucket) return 0;
    const left = this.#leftOf(bucket, now);
    return left >= 1 ? 0 : Math.ceil(((1 - left) * MINUTE_MS) / this.#perMinute / 1000);
  }

  count(address: string, now: number): void {
    if (this.#perMinute === 0) return;
    const bucket = this.#buckets.get(address);
    const left = bucket ? this.#leftOf(bucket, now) : this.#perMinute;
    this.#buckets.set(address, { left: Math.max(0, left - 1), at: now });
  }

  #leftOf({ left, at }: Bucket, now: number): number {
    return Math.min(this.#perMinute, left + ((now - at) * this.#perMinute) / MINUTE_MS);
  }
}
