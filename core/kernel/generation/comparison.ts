// Compares the options of two configs, value by value. Thousands of applications share the same few objects: each pair of
// them is compared once.
import { isDeepStrictEqual } from 'node:util';

export class Comparison {
  readonly #equal = new Map<unknown, { readonly to: unknown; readonly isEqual: boolean }>();

  isEqual(old: unknown, now: unknown): boolean {
    if (old === now) return true;
    const known = this.#equal.get(old);
    if (known && known.to === now) return known.isEqual;
    const isEqual = isDeepStrictEqual(old, now);
    this.#equal.set(old, { to: now, isEqual });
    return isEqual;
  }
}
