// Many options have two names: "hlsport" is "hls.port". A patch may use either; it changes the one that the file has.
import type { ShortForm } from 'livego';

type Document = Record<string, unknown>;

/** The patch, with each option under the name that the document has for it. */
export function nameAs(document: unknown, patch: unknown, shortForms: readonly ShortForm[]): unknown {
  if (!isDocument(document) || !isDocument(patch)) return patch;
  const result = structuredClone(patch);
  const given = new Set(Object.keys(patch).map((key) => key.toLowerCase()));
  // A patch has few of the options there are, and the document may have many members.
  const isGiven = ({ key, options }: ShortForm): boolean =>
    [key, ...options.map((option) => placeOf(option).plugin)].some((name) => given.has(name.toLowerCase()));
  for (const shortForm of shortForms) {
    // Options of options have no short forms that the file could have in part.
    if (shortForm.options.some((option) => option.split('.').length !== 2)) continue;
    if (!isGiven(shortForm)) continue;
    useLong(document, result, shortForm);
    useShort(document, result, shortForm);
    for (const key of Object.keys(result)) given.add(key.toLowerCase());
  }
  return result;
}

interface Place {
  readonly plugin: string;
  readonly option: string;
}

/** The file has `hls: { port }`, the patch "hlsport". */
function useLong(document: Document, patch: Document, { key, options }: ShortForm): void {
  const given = findKey(patch, key);
  if (given === undefined || findKey(document, key) !== undefined) return;
  const places = options.map(placeOf);
  if (places.every((place) => find(document, place) === undefined)) return;
  for (const place of places) put(document, patch, place, patch[given]);
  delete patch[given];
}

/** The file has "hlsport", the patch `hls: { port }`. */
function useShort(document: Document, patch: Document, { key, options }: ShortForm): void {
  const short = findKey(document, key);
  if (short === undefined || findKey(patch, key) !== undefined) return;
  const places = options.map(placeOf);
  const [place, ...more] = places.filter((each) => find(patch, each) !== undefined);
  if (!place) return;
  const value = find(patch, place)?.value;
  if (places.length === 1) {
    patch[short] = value;
    take(patch, place);
    return;
  }
  // It stands for several options, of which the patch changes some: from now on each has its own name.
  for (const each of places)
    if (each !== place && !more.includes(each)) put(document, patch, each, document[short]);
  patch[short] = null;
}

function placeOf(option: string): Place {
  const [plugin = '', name = ''] = option.split('.');
  return { plugin, option: name };
}

function find(document: Document, { plugin, option }: Place): { readonly value: unknown } | undefined {
  const section = document[findKey(document, plugin) ?? ''];
  const name = isDocument(section) ? findKey(section, option) : undefined;
  return isDocument(section) && name !== undefined ? { value: section[name] } : undefined;
}

function put(document: Document, patch: Document, { plugin, option }: Place, value: unknown): void {
  const name = findKey(patch, plugin) ?? findKey(document, plugin) ?? plugin;
  const section = isDocument(patch[name]) ? patch[name] : {};
  patch[name] = { ...section, [findKey(section, option) ?? option]: value };
}

function take(patch: Document, { plugin, option }: Place): void {
  const name = findKey(patch, plugin) ?? plugin;
  const { [findKey(patch[name] as Document, option) ?? option]: _taken, ...rest } = patch[name] as Document;
  if (Object.keys(rest).length > 0) patch[name] = rest;
  else delete patch[name];
}

function findKey(document: Document, name: string): string | undefined {
  return Object.keys(document).find((each) => each.toLowerCase() === name.toLowerCase());
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
