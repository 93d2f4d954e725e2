// Comments of a text, handed to the entries that they stand before or beside.

export interface Comment {
  readonly line: number;
  /** Without its marks. */
  readonly text: string;
}

export class Comments {
  readonly #left: Comment[];

  constructor(comments: readonly Comment[]) {
    this.#left = [...comments];
  }

  /** The comments before an entry in this line, and behind it. Each is given once. */
  take(line: number): string[] {
    const after = this.#left.findIndex((comment) => comment.line > line);
    return this.#left.splice(0, after < 0 ? this.#left.length : after).map(({ text }) => text);
  }
}

/** The lines of a comment, without `//`, `#`, the marks and stars of a block, and <br/> of documents. */
export function linesOfComment(line: number, text: string): Comment[] {
  const plain = text.replaceAll(/^\/\*+|\*+\/$|<br\s*\/?>/gi, '').split(/\r?\n/);
  return plain
    .map((each, index) => ({
      line: line + index,
      text: each.replace(/^\s*(?:\/\/+|#+|\*+)?\s?/, '').trimEnd(),
    }))
    .filter((comment) => comment.text !== '');
}
