// Objects as a config holds them. A key `__proto__` is a key like any other.
import type { ConfigPath } from './path.ts';

export type PlainObject = Record<string, unknown>;

/** True for `{…}` of a config: neither null nor a list. */
export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`; `found` tells an undefined value from a missing one. */
export function lookUp(root: unknown, path: ConfigPath): { found: boolean; value: unknown } {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return { found: false, value: undefined };
    value = (value as Record<string | number, unknown>)[step];
  }
  return { found: true, value };
}

/** Puts `value` at `path` (at least one step). Makes the objects on the way. */
export function putAt(root: PlainObject, path: ConfigPath, value: unknown): void {
  let target = root;
  for (const step of path.slice(0, -1)) {
    const inner = Object.hasOwn(target, step) ? target[step] : undefined;
    if (typeof inner !== 'object' || inner === null) defineKey(target, String(step), {});
    target = target[step] as PlainObject;
  }
  defineKey(target, String(path.at(-1)), value);
}

/** `overlay` over `base`: plain objects merge key by key, everything else replaces. Neither is changed. */
export function mergeOver(base: unknown, overlay: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(overlay)) return structuredClone(overlay);
  const merged: PlainObject = {};
  for (const key of Object.keys(base)) defineKey(merged, key, structuredClone(base[key]));
  for (const key of Object.keys(overlay)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    defineKey(merged, key, mergeOver(below, overlay[key]));
  }
  return merged;
}

/** Freezes a value and all it holds. */
export function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freezeDeep(inner);
  }
  return value;
}

/** Plain assignment to `__proto__` would change the prototype instead of adding a key. */
export function defineKey(target: PlainObject, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** A copy with every value changed. */
export function mapValues(
  object: PlainObject,
  change: (value: unknown, key: string) => unknown,
): PlainObject {
  const result: PlainObject = {};
  for (const key of Object.keys(object)) defineKey(result, key, change(object[key], key));
  return result;
}
