// A config of another server as a tree that knows lines and comments, whatever it is written in.
import { kindOf } from '../../text/show-value.ts';

export type Scalar = string | number | boolean | null;

export type SourceValue = Scalar | SourceList | SourceMap;

export interface SourceEntry {
  /** As it is written. */
  readonly key: string;
  readonly line: number;
  readonly comments: readonly string[];
  readonly value: SourceValue;
}

export class SourceMap {
  readonly entries: readonly SourceEntry[];

  constructor(entries: readonly SourceEntry[]) {
    this.entries = entries;
  }

  /** The entry with that key, in any letter case. */
  find(key: string): SourceEntry | undefined {
    return this.entries.find((entry) => entry.key.toLowerCase() === key.toLowerCase());
  }
}

export class SourceList {
  readonly items: readonly { readonly line: number; readonly value: SourceValue }[];

  constructor(items: SourceList['items']) {
    this.items = items;
  }
}

/** A scalar as text; '' for anything else. */
export function textOf(value: SourceValue | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

/** The value as JSON has it. */
export function toJson(value: SourceValue): unknown {
  if (value instanceof SourceMap)
    return Object.fromEntries(value.entries.map((entry) => [entry.key, toJson(entry.value)]));
  return value instanceof SourceList ? value.items.map((item) => toJson(item.value)) : value;
}

/** A text that is no config of the kind that it was taken for. */
export class UnreadableSource extends Error {
  readonly line: number | undefined;

  constructor(line: number | undefined, message: string) {
    super(message);
    this.line = line;
  }
}

/** The map that a config has to be. */
export function requireMap(value: SourceValue): SourceMap {
  if (value instanceof SourceMap) return value;
  throw new UnreadableSource(1, `the file is ${kindOf(toJson(value))}; it must have options`);
}
