// Paths of values in a config: the steps from the root, and their written form.

/** Steps from the root: `['servers', 1, 'hls']` is `servers[1].hls`. */
export type ConfigPath = readonly (string | number)[];

/** The path as one would type it. Keys that are not identifiers are quoted: `servers[0]["my key"]`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[\p{ID_Start}$_][\p{ID_Continue}$-]*$/u.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** An option as it is written in braces: `hls: { encrypt: { rotate: … } }`. */
export function formatInBraces([first, ...rest]: readonly string[]): string {
  return `${first}: ${rest.length === 0 ? '…' : `{ ${formatInBraces(rest)} }`}`;
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
