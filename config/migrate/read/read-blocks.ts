// The form of nginx.conf and srs.conf: `name argument argument;` and `name argument { … }`, with # comments.
import { LineTable } from '../../text/positions.ts';
import { Comments, linesOfComment, type Comment } from './comments.ts';
import { UnreadableSource } from './source-tree.ts';

export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly line: number;
  readonly comments: readonly string[];
  /** Undefined for a directive that ends with a semicolon. */
  readonly block: readonly Directive[] | undefined;
}

interface Token {
  readonly text: string;
  readonly line: number;
  readonly kind: 'word' | '{' | '}' | ';';
}

const PARTS =
  /#[^\n]*|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|[{};]|(?:\$\{[^}\n]*\}|\\[\s\S]|[^\s{};#"'\\])(?:\$\{[^}\n]*\}|\\[\s\S]|[^\s{};\\])*/g;

export function readBlocks(text: string): Directive[] {
  const { tokens, comments } = tokenize(text);
  return new BlockReader(tokens, new Comments(comments)).read();
}

class BlockReader {
  readonly #tokens: readonly Token[];
  readonly #comments: Comments;
  #next = 0;

  constructor(tokens: readonly Token[], comments: Comments) {
    this.#tokens = tokens;
    this.#comments = comments;
  }

  read(): Directive[] {
    const directives = this.#block(undefined);
    const stray = this.#tokens[this.#next];
    if (stray) throw new UnreadableSource(stray.line, 'a } closes nothing');
    return directives;
  }

  /** Up to the closing brace, or the end of the text. */
  #block(opened: Token | undefined): Directive[] {
    const directives: Directive[] = [];
    for (;;) {
      const token = this.#tokens[this.#next];
      if (!token && opened) throw new UnreadableSource(opened.line, 'the { is not closed; a } is missing');
      if (!token || token.kind === '}') return directives;
      directives.push(this.#directive(token));
    }
  }

  #directive(first: Token): Directive {
    if (first.kind !== 'word') throw new UnreadableSource(first.line, `unexpected "${first.text}"`);
    const words: string[] = [];
    for (let token = this.#tokens[this.#next]; token; token = this.#tokens[this.#next]) {
      if (token.kind === '}') break;
      this.#next++;
      if (token.kind === 'word') words.push(token.text);
      else return this.#finish(words, first, token);
    }
    throw new UnreadableSource(first.line, `"${first.text}" does not end with ; or {`);
  }

  #finish(words: readonly string[], { line }: Token, end: Token): Directive {
    const [name = '', ...args] = words;
    const comments = this.#comments.take(end.line);
    if (end.kind === ';') return { name, args, line, comments, block: undefined };
    const block = this.#block(end);
    this.#next++;
    return { name, args, line, comments, block };
  }
}

function tokenize(text: string): { tokens: Token[]; comments: Comment[] } {
  const lines = new LineTable(text);
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    const { line } = lines.at(index);
    if (part.startsWith('#')) comments.push(...linesOfComment(line, part));
    else if (part === '{' || part === '}' || part === ';') tokens.push({ text: part, line, kind: part });
    else tokens.push({ text: unquote(part), line, kind: 'word' });
  }
  return { tokens, comments };
}

function unquote(word: string): string {
  const inner = /^(["'])[\s\S]*\1$/.test(word) ? word.slice(1, -1) : word;
  return inner.replaceAll(/\\([\s\S])/g, '$1');
}
