// Edits of a JSON5 text: values replaced, members and elements added and removed, in the style of the text around them.
import type { ObjectNode } from '@humanwhocodes/momoa';
import { formatValue, keyOf, type ValueStyle } from './format-value.ts';

/** Offsets of a part of the text; `to` is behind its last character. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A member of an object, or an element of a list. */
export interface NewItem {
  readonly key?: string;
  readonly value: unknown;
}

interface Edit extends Span {
  readonly text: string;
}

const REST_IS_BLANK = /^[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*)?(?=\r?\n|$)/;

export class TextEdits {
  readonly #text: string;
  readonly #style: ValueStyle;
  readonly #edits: Edit[] = [];
  readonly #lineStarts: readonly number[];

  constructor(text: string, root: ObjectNode) {
    this.#text = text;
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const [first] = root.members;
    const indent = first ? this.#indentAt(first.range?.[0] ?? 0) : '';
    this.#style = {
      unit: indent === '' ? '  ' : indent,
      newline: text.includes('\r\n') ? '\r\n' : '\n',
      quotedKeys: first?.name.type === 'String',
    };
  }

  replace({ from, to }: Span, value: unknown): void {
    this.#edits.push({ from, to, text: formatValue(value, this.#indentAt(from), this.#style) });
  }

  /** Removes a member or an element with its comma, and its line if nothing else is on it. */
  remove(item: Span): void {
    const comma = this.#commaBehind(item.to);
    const to = comma ?? item.to;
    const lineStart = this.#lineStart(item.from);
    const alone = this.#isFirst(item.from);
    const rest = REST_IS_BLANK.exec(this.#text.slice(to));
    if (alone && rest && lineStart > 0) {
      const end = to + rest[0].length;
      const newline = /^\r?\n/.exec(this.#text.slice(end))?.[0] ?? '';
      this.#edits.push({ from: lineStart, to: end + newline.length, text: '' });
      return;
    }
    const blank = /^[ \t]*/.exec(this.#text.slice(to))?.[0].length ?? 0;
    this.#edits.push({ from: item.from, to: to + blank, text: '' });
  }

  /**
   * Adds items to an object or a list: behind `last`, else before `next`, else alone.
   * @param container - its braces or brackets included
   */
  insert(container: Span, last: Span | undefined, items: readonly NewItem[], next?: Span): void {
    if (last) this.#insertBehind(last, items);
    else if (next) this.#insertBefore(next, items);
    else this.#fill(container, items);
  }

  apply(): string {
    const parts: string[] = [];
    let rest = this.#text.length;
    // From the end. At equal places the one that removes text comes first, so that what is inserted stays.
    const ordered = this.#edits.toSorted((one, other) => other.from - one.from || other.to - one.to);
    for (const { from, to, text } of ordered) {
      // Edits may overlap: a removed line takes the rest of it along.
      parts.push(this.#text.slice(to, Math.max(to, rest)), text);
      rest = from;
    }
    return this.#text.slice(0, rest) + parts.toReversed().join('');
  }

  #insertBehind(last: Span, items: readonly NewItem[]): void {
    const comma = this.#commaBehind(last.to);
    const from = comma ?? last.to;
    const lineStart = this.#lineStart(last.from);
    const ownLine = this.#isFirst(last.from) && lineStart > 0;
    const rest = REST_IS_BLANK.exec(this.#text.slice(from))?.[0];
    if (!ownLine || rest === undefined) {
      const text = items.map((item) => ` ${this.#format(item, '')}`).join(',');
      this.#add(from, comma === undefined ? `,${text}` : `${text},`);
      return;
    }
    const { newline } = this.#style;
    const indent = this.#indentAt(last.from);
    const lines = items.map((item) => `${newline}${indent}${this.#format(item, indent)}`).join(',');
    if (comma !== undefined) return this.#add(from + rest.length, `${lines},`);
    // The comma stands before a comment that follows, the lines behind it.
    this.#edits.push({ from, to: from + rest.length, text: `,${rest}${lines}` });
  }

  #insertBefore(next: Span, items: readonly NewItem[]): void {
    const ownLine = this.#isFirst(next.from);
    const indent = this.#indentAt(next.from);
    const gap = ownLine ? `,${this.#style.newline}${indent}` : ', ';
    this.#add(next.from, items.map((item) => `${this.#format(item, indent)}${gap}`).join(''));
  }

  // An empty pair of braces may hold comments.
  #fill({ from, to }: Span, items: readonly NewItem[]): void {
    const inner = this.#text.slice(from + 1, to - 1);
    if (inner.trim() === '') {
      const text = ` ${items.map((item) => this.#format(item, this.#indentAt(from))).join(', ')} `;
      this.#edits.push({ from: from + 1, to: to - 1, text });
      return;
    }
    const { newline, unit } = this.#style;
    const outer = this.#indentAt(from);
    const indent = outer + unit;
    const lines = items.map((item) => `${indent}${this.#format(item, indent)},${newline}`).join('');
    const closing = this.#lineStart(to - 1);
    if (this.#isFirst(to - 1)) this.#add(closing, lines);
    else this.#add(to - 1, `${newline}${lines}${outer}`);
  }

  #add(at: number, text: string): void {
    this.#edits.push({ from: at, to: at, text });
  }

  #format({ key, value }: NewItem, indent: string): string {
    const text = formatValue(value, indent, this.#style);
    if (key === undefined) return text;
    return `${keyOf(key, this.#style)}: ${text}`;
  }

  /** The offset behind the comma that follows, past blanks and comments. */
  #commaBehind(offset: number): number | undefined {
    const between = /^(?:\s|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/.exec(this.#text.slice(offset))?.[0] ?? '';
    const at = offset + between.length;
    return this.#text.charAt(at) === ',' ? at + 1 : undefined;
  }

  /** Nothing but blanks comes before it on its line. */
  #isFirst(offset: number): boolean {
    return this.#lineStart(offset) + this.#blanksAt(/\s*/y, offset).length >= offset;
  }

  #indentAt(offset: number): string {
    return this.#blanksAt(/[ \t]*/y, offset).slice(0, offset - this.#lineStart(offset));
  }

  /** What the line of the offset begins with. */
  #blanksAt(blanks: RegExp, offset: number): string {
    blanks.lastIndex = this.#lineStart(offset);
    return blanks.exec(this.#text)?.[0] ?? '';
  }

  // By halves: a text of one line with many members would otherwise be searched as often as it has members.
  #lineStart(offset: number): number {
    let [low, high] = [0, this.#lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return this.#lineStarts[low]!;
  }
}
