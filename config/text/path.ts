// Where a value stands in a config: the steps from the root, and how they are written.

/** Steps from the root: `['servers', 1, 'hls']` is `servers[1].hls`. */
export type ConfigPath = readonly (string | number)[];

export type PlainObject = Record<string, unknown>;

/** The path as one would type it. Keys that are no identifiers are quoted: `servers[0]["my key"]`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\p{ID_Start}$_][\p{ID_Continue}$-]*$/u.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** A key for maps: equal paths have equal keys, different paths never. */
export function pathKey(path: ConfigPath): string {
  return JSON.stringify(path);
}

/** Steps of a JSON pointer as Ajv writes it. Steps that look like an index are given as numbers. */
export function parsePointer(pointer: string): ConfigPath {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^(0|[1-9]\d*)$/.test(step) ? Number(step) : step));
}

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

/** Puts `value` at `path` (at least one step), making the objects on the way. A step `__proto__` is a key like any other. */
export function putAt(root: PlainObject, path: ConfigPath, value: unknown): void {
  let target = root;
  for (const step of path.slice(0, -1)) {
    if (!Object.hasOwn(target, step) || !isObjectOrList(target[step])) defineKey(target, String(step), {});
    target = target[step] as PlainObject;
  }
  defineKey(target, String(path.at(-1)), value);
}

/** `overlay` over `base`: plain objects merge key by key, everything else replaces. Neither is changed. */
export function mergeOver(base: unknown, overlay: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(overlay)) return structuredClone(overlay);
  const merged: PlainObject = {};
  for (const key of Object.keys(base)) defineKey(merged, key, structuredClone(base[key]));
  for (const key of Object.keys(overlay))
    defineKey(
      merged,
      key,
      Object.hasOwn(base, key) ? mergeOver(base[key], overlay[key]) : structuredClone(overlay[key]),
    );
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

// Plain assignment to `__proto__` would change the prototype instead of adding a key.
export function defineKey(target: PlainObject, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

function isObjectOrList(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
