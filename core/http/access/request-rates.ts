// How often addresses ask: so many times at once, and as many again in each minute.
import { BoundedMap } from '../../collections/bounded-map.ts';

/** Addresses that are remembered. Beyond it those that asked longest ago are forgotten. */
const MAX_ADDRESSES = 10_000;
const MINUTE_MS = 60_000;

/** Addresses, and how often each has asked. */
export type RequestCounts = readonly (readonly [address: string, count: number])[];

interface Bucket {
  used: number;
  at: number;
}

export class RequestRates {
  readonly #buckets = new BoundedMap<string, Bucket>(MAX_ADDRESSES);
  /** What has been counted here since `takeNew`. */
  readonly #fresh = new BoundedMap<string, number>(MAX_ADDRESSES);
  #perMinute = 0;

  /** @param perMinute - 0: no limit */
  configure(perMinute: number): void {
    this.#perMinute = perMinute;
  }

  /** Seconds until the address may ask again; 0 if it may now. */
  waitSeconds(address: string, now: number): number {
    const bucket = this.#buckets.get(address);
    if (this.#perMinute === 0 || !bucket) return 0;
    const excess = this.#usedOf(bucket, now) + 1 - this.#perMinute;
    return excess <= 0 ? 0 : Math.ceil((excess * MINUTE_MS) / this.#perMinute / 1000);
  }

  count(address: string, now: number): void {
    if (this.#perMinute === 0) return;
    this.#add(address, 1, now);
    this.#fresh.set(address, (this.#fresh.get(address) ?? 0) + 1);
  }

  /** What has been counted since the last call. */
  takeNew(): RequestCounts {
    const counts = [...this.#fresh];
    this.#fresh.clear();
    return counts;
  }

  /** What another worker has counted. */
  addNew(counts: RequestCounts, now: number): void {
    if (this.#perMinute === 0) return;
    for (const [address, count] of counts) this.#add(address, count, now);
  }

  #add(address: string, count: number, now: number): void {
    const bucket = this.#buckets.get(address);
    const used = bucket ? this.#usedOf(bucket, now) : 0;
    this.#buckets.set(address, { used: Math.min(this.#perMinute, used + count), at: now });
  }

  #usedOf({ used, at }: Bucket, now: number): number {
    return Math.max(0, used - ((now - at) * this.#perMinute) / MINUTE_MS);
  }
}
