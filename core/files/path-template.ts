// File paths with placeholders: `{app}/{name}_{time}.flv`.

import { isDeviceName } from './folded-names.ts';

export type PlaceholderValues = Readonly<Record<string, string>>;

const PLACEHOLDER = /\{([^{}]*)\}/g;
/** A file name has at most 255 bytes; the template, a number and an extension need some of them. */
const MAX_SEGMENT_BYTES = 180;
const MAX_LENGTH = 1000;
/** Characters that no file name has on some system, or that shells and globs trip over. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const UNSAFE = /[\u0000-\u001f\u007f\\:*?"<>|]/g;

export class PathTemplate {
  readonly text: string;
  readonly #matcher: RegExp;

  /** @param patterns - a regular expression for each placeholder, with which a path is read again */
  constructor(text: string, patterns: PlaceholderValues) {
    this.text = text;
    this.#matcher = matcherOf(text, patterns);
  }

  /** Why the text is no template; undefined if it is one. */
  static fault(text: string, known: readonly string[]): string | undefined {
    if (text.length > MAX_LENGTH) return `it has more than ${MAX_LENGTH} characters`;
    for (const [, name = ''] of text.matchAll(PLACEHOLDER))
      if (!known.includes(name))
        return `{${name}} is no placeholder; there are ${known.map((each) => `{${each}}`).join(', ')}`;
    if (text.startsWith('/') || text.split('/').includes('..'))
      return 'it must stay below its directory: no leading "/", no ".."';
    return undefined;
  }

  /** A relative path. Values are made safe: none leaves its directory, whatever it holds. */
  build(values: PlaceholderValues): string {
    return this.text.replace(PLACEHOLDER, (_, name: string) => safePath(values[name] ?? ''));
  }

  /** The values that stand in a relative path; undefined for one that the template does not make. */
  match(path: string): PlaceholderValues | undefined {
    return this.#matcher.exec(path)?.groups;
  }
}

/** `20261125T220312`: local time, as file names have it. */
export function fileTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}

/** Slashes stay: streams and applications may have them. */
function safePath(value: string): string {
  return value.split('/').map(safeSegment).join('/');
}

function safeSegment(segment: string): string {
  // A character has at least one byte.
  let safe = segment
    .slice(0, MAX_SEGMENT_BYTES)
    .replace(UNSAFE, '_')
    .replace(/^\.+/, '_')
    .replace(/[. ]+$/, '_');
  if (isDeviceName(safe)) safe = `_${safe}`;
  while (Buffer.byteLength(safe) > MAX_SEGMENT_BYTES) safe = safe.slice(0, -1);
  return safe === '' ? '_' : safe;
}

function matcherOf(text: string, patterns: PlaceholderValues): RegExp {
  const seen = new Set<string>();
  const parts = text.split(/(\{[^{}]*\})/).map((part) => {
    const name = /^\{(.*)\}$/.exec(part)?.[1];
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${patterns[name] ?? '.+?'})`;
  });
  return new RegExp(`^${parts.join('')}$`, 'u');
}
