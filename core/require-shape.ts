// Checks the shape of what plugins give: whoever writes JavaScript, or casts, gets one clear message where it was given.
import { livegoError } from './errors.ts';

type Kind = 'function' | 'number' | 'string' | 'object';

/** Kinds by the path of a part, such as `output.write`; the path "" is the thing itself. A part that may be absent has "?". */
export type Shape = Readonly<Record<string, Kind | `${Kind}?`>>;

const WORDS: Readonly<Record<Kind, string>> = {
  function: 'a function',
  number: 'a number',
  string: 'a string',
  object: 'an object',
};

/**
 * Throws LVG_PLUGIN_FAILED for the first part that is something else.
 * @param thing - "the sink"
 * @param who - "plugin meter: ", where it is known
 */
export function requireShape(thing: string, value: unknown, shape: Shape, who = ''): void {
  for (const [path, wanted] of Object.entries(shape)) {
    const part = path === '' ? value : path.split('.').reduce(partOf, value);
    const kind = wanted.replace('?', '') as Kind;
    if (isKind(part, kind) || (part === undefined && wanted.endsWith('?'))) continue;
    const subject = path === '' ? `${who}${thing}` : `${who}${path} of ${thing}`;
    const values = { subject, expected: WORDS[kind], found: describe(part) };
    throw livegoError('LVG_PLUGIN_FAILED', 'shape', values);
  }
}

function partOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === 'number') return Number.isFinite(value);
  if (kind === 'object') return typeof value === 'object' && value !== null;
  return typeof value === kind;
}

function describe(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number') return String(value);
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
