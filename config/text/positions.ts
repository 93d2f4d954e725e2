// Finds each option in the text of a config, for messages that point at it.
import { parse } from '@humanwhocodes/momoa';
import type { AnyNode, MemberNode, ObjectNode } from '@humanwhocodes/momoa';
import { pathKey } from './path.ts';
import type { ConfigPath } from './path.ts';

/** 1-based; columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A key that one pair of braces holds twice. */
export interface RepeatedKey {
  readonly path: ConfigPath;
  readonly first: Position;
  readonly again: Position;
}

/** Line starts of a text: offset to line and column. */
export class LineTable {
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
    this.#starts = starts;
  }

  at(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

interface Place {
  readonly key: Position;
  readonly value: Position;
}

interface Places {
  readonly places: ReadonlyMap<string, Place>;
  readonly repeated: readonly RepeatedKey[];
}

/**
 * Positions of keys and values by path. Empty, instead of an error, for a text that its parser cannot read. The text is read
 * when it is first asked for one.
 */
export class ConfigPositions {
  readonly #text: string;
  #found: Places | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get repeated(): readonly RepeatedKey[] {
    return this.#all.repeated;
  }

  /** The start of the key at the end of `path`. If it is missing: of the nearest key around it. */
  key(path: ConfigPath): Position | undefined {
    return this.#nearest(path)?.key;
  }

  /** The start of the value at `path`. If it is missing: of the nearest key around it. */
  value(path: ConfigPath): Position | undefined {
    return this.#all.places.get(pathKey(path))?.value ?? this.#nearest(path)?.key;
  }

  /** The start of exactly this value; undefined if it was not written. */
  exactly(path: ConfigPath): Position | undefined {
    return this.#all.places.get(pathKey(path))?.value;
  }

  #nearest(path: ConfigPath): Place | undefined {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#all.places.get(pathKey(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return undefined;
  }

  get #all(): Places {
    return (this.#found ??= findPlaces(this.#text));
  }
}

const NOWHERE: Places = { places: new Map(), repeated: [] };

function findPlaces(text: string): Places {
  try {
    return new FoundPlaces(text);
  } catch {
    // The syntax is checked by json5. This parser cannot read everything, e.g. `-.5` and an unquoted `null` as a key.
    return NOWHERE;
  }
}

class FoundPlaces implements Places {
  readonly places = new Map<string, Place>();
  readonly repeated: RepeatedKey[] = [];
  readonly #lines: LineTable;

  /** Throws what the parser throws. */
  constructor(text: string) {
    this.#lines = new LineTable(text);
    const { body } = parse(text, { mode: 'json5', ranges: true });
    const position = this.#lines.at(body.range?.[0] ?? 0);
    this.places.set(pathKey([]), { key: position, value: position });
    this.#collect(body, []);
  }

  #collect(node: AnyNode, path: ConfigPath): void {
    if (node.type === 'Object') this.#collectMembers(node, path);
    if (node.type !== 'Array') return;
    for (const [index, element] of node.elements.entries()) {
      const position = this.#lines.at(element.value.range?.[0] ?? 0);
      this.places.set(pathKey([...path, index]), { key: position, value: position });
      this.#collect(element.value, [...path, index]);
    }
  }

  #collectMembers(node: ObjectNode, path: ConfigPath): void {
    const seen = new Map<string, Position>();
    for (const member of node.members) {
      const name = memberName(member);
      const key = this.#lines.at(member.name.range?.[0] ?? 0);
      const inner = [...path, name];
      const first = seen.get(name);
      if (first === undefined) seen.set(name, key);
      else this.repeated.push({ path: inner, first, again: key });
      // The last of equal keys counts in JSON5; so do its positions.
      this.places.set(pathKey(inner), { key, value: this.#lines.at(member.value.range?.[0] ?? 0) });
      this.#collect(member.value, inner);
    }
  }
}

function memberName(member: MemberNode): string {
  return member.name.type === 'String' ? member.name.value : member.name.name;
}
