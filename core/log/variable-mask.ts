// What variables of the config hold may be secret. Everything that is printed shows `${NAME}` in its place: logs, faults,
// reports, answers, labels of metrics.
import { isIP } from 'node:net';
import { posix } from 'node:path';

/** A text as it may be printed. */
export type Show = (text: string) => string;

/** Less guards nothing, and to hide it would spoil every text. */
const MIN_LENGTH = 4;
/** Shorter contents are only hidden where they stand alone: "live" is a part of many words. */
const MIN_PART_LENGTH = 8;
const MIN_DIGITS = 6;
/** Errors of errors of errors. */
const MAX_DEPTH = 6;

export class VariableMask {
  readonly #shown = new Map<string, string>();
  #pattern: RegExp | undefined;

  /** @param variables - contents by name. What has been learnt before stays hidden. */
  learn(variables: ReadonlyMap<string, string>): void {
    const before = this.#shown.size;
    for (const [name, content] of variables)
      for (const text of formsOf(content)) this.#shown.set(text, `\${${name}}`);
    if (this.#shown.size === before) return;
    const longestFirst = [...this.#shown.keys()].toSorted((one, other) => other.length - one.length);
    this.#pattern = new RegExp(longestFirst.map(patternOf).join('|'), 'g');
  }

  readonly show: Show = (text) =>
    this.#pattern ? text.replace(this.#pattern, (found) => this.#shown.get(found) ?? found) : text;
}

/** A copy of `value` in which every string is as it may be printed, also those of errors. */
export function showIn<Value>(value: Value, show: Show): Value {
  return showValue(value, show, 0) as Value;
}

function showValue(value: unknown, show: Show, depth: number): unknown {
  if (typeof value === 'string') return show(value);
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((each) => showValue(each, show, depth + 1));
  const isError = value instanceof Error;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!isError && prototype !== Object.prototype && prototype !== null) return value;
  // Loggers ask an error for its class, and print its own properties.
  const keys = isError
    ? new Set(['message', 'stack', 'cause', 'errors', ...Object.keys(value)])
    : Object.keys(value);
  const copy: object = isError ? Object.create(value) : {};
  for (const key of keys) {
    const own: unknown = (value as unknown as Record<string, unknown>)[key];
    if (own === undefined) continue;
    const enumerable = Object.prototype.propertyIsEnumerable.call(value, key);
    Object.defineProperty(copy, key, { value: showValue(own, show, depth + 1), enumerable });
  }
  return copy;
}

/** The content as it may appear in a text: as it is, in an address, in a path, in lower case as a host. */
function formsOf(content: string): readonly string[] {
  const forms = [content, encodeURIComponent(content), encodeURI(content), content.toLowerCase()];
  const path = posix.normalize(content).replace(/\/$/, '');
  // Of "./records" the word "records" would be left.
  if (path.includes('/')) forms.push(path);
  if (content.includes('/')) forms.push(...partsOf(content));
  return [...new Set(forms)].filter(isWorthHiding);
}

/** The parts of an address that others repeat in their messages. */
function partsOf(content: string): readonly string[] {
  if (!URL.canParse(content)) return [];
  const { host, hostname, username, password, pathname, searchParams } = new URL(content);
  const key = pathname.split('/').at(-1) ?? '';
  // Machines of a private network are called "notify" or "live", as plugins and applications are.
  const hosts = [host, hostname].filter((each) => /[.:]/.test(each));
  return [...hosts, username, password, ...(key.length >= MIN_PART_LENGTH ? [key] : [])].concat(
    ...searchParams.values(),
  );
}

/** Ports, switches and addresses of machines are no secrets, and logs would be useless without them. */
function isWorthHiding(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return text.length >= MIN_DIGITS && !text.includes('.');
  if (/^(true|false|enable|disable|auto|localhost)(:\d+)?$/.test(text)) return false;
  return text.length >= MIN_LENGTH && isIP(text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0;
}

function patternOf(text: string): string {
  const literal = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return text.length < MIN_PART_LENGTH ? `(?<!\\w)${literal}(?!\\w)` : literal;
}
