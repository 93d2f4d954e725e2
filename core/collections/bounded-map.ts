// A map for what clients choose: it forgets the entries that were set longest ago.

/**
 * Keeps at most `limit` entries. When one more is set, the oldest tenth is forgotten at once: V8 finds the first key of a
 * map slowly while many deleted ones stand before it.
 */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly limit: number;

  /** @param limit - entries, at least 1 */
  constructor(limit: number) {
    super();
    this.limit = limit;
  }

  /** The entry becomes the newest. */
  override set(key: Key, value: Value): this {
    this.delete(key);
    if (this.size >= this.limit) this.#forgetOldest();
    return super.set(key, value);
  }

  #forgetOldest(): void {
    const kept = Math.min(this.limit - 1, Math.ceil(this.limit * 0.9));
    for (const key of this.keys()) {
      if (this.size <= kept) return;
      this.delete(key);
    }
  }
}
