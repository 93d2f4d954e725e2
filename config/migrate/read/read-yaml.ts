// YAML, as a tree with lines and comments.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { Comments, linesOfComment, type Comment } from './comments.ts';
import {
  requireMap,
  SourceList,
  SourceMap,
  UnreadableSource,
  type Scalar,
  type SourceEntry,
  type SourceValue,
} from './source-tree.ts';

/** The lexer puts this before the text of a scalar. */
const SCALAR_FOLLOWS = '\u001F';

export function readYaml(text: string): SourceMap {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new UnreadableSource(lines.linePos(error.pos[0]).line, error.message);
  return requireMap(new YamlReader(text, lines, document).value(document.contents));
}

class YamlReader {
  readonly #lines: LineCounter;
  readonly #comments: Comments;
  readonly #document: Document;
  /** Anchors that are being read: an alias within its own anchor has no end. */
  readonly #open = new Set<unknown>();

  constructor(text: string, lines: LineCounter, document: Document) {
    this.#lines = lines;
    this.#comments = new Comments(commentsOf(text));
    this.#document = document;
  }

  value(node: unknown): SourceValue {
    if (isAlias(node)) return this.#anchored(node.resolve(this.#document), node);
    if (isMap(node)) return new SourceMap(this.#entries(node.items as readonly Pair<Node, Node>[]));
    if (isSeq(node))
      return new SourceList(
        node.items.map((item) => ({ line: this.#lineOf(item as Node), value: this.value(item) })),
      );
    return isScalar(node) ? asScalar(node.value) : null;
  }

  #anchored(anchor: unknown, alias: Node): SourceValue {
    if (this.#open.has(anchor)) throw new UnreadableSource(this.#lineOf(alias), 'an alias contains itself');
    this.#open.add(anchor);
    const value = this.value(anchor);
    this.#open.delete(anchor);
    return value;
  }

  /** With those that `<<` merges in, which keys of the map itself override. */
  #entries(pairs: readonly Pair<Node, Node>[]): SourceEntry[] {
    const all = pairs.map((pair) => this.#entry(pair));
    const own = all.filter(({ key }) => key !== '<<');
    const merged = all
      .filter(({ key }) => key === '<<')
      .flatMap(({ value }) => (value instanceof SourceList ? value.items.map((item) => item.value) : [value]))
      .flatMap((value) => (value instanceof SourceMap ? value.entries : []));
    for (const entry of merged) if (!own.some(({ key }) => key === entry.key)) own.push(entry);
    return own;
  }

  #entry({ key, value }: Pair<Node, Node | null>): SourceEntry {
    const line = this.#lineOf(key);
    const comments = this.#comments.take(line);
    return {
      key: isScalar(key) ? String(key.value) : '',
      line,
      comments,
      value: this.value(value),
    };
  }

  #lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }
}

function asScalar(value: unknown): Scalar {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? value : null;
}

function commentsOf(text: string): Comment[] {
  const comments: Comment[] = [];
  let line = 1;
  let before = '';
  for (const part of new Lexer().lex(text)) {
    if (part.startsWith('#') && before !== SCALAR_FOLLOWS) comments.push(...linesOfComment(line, part));
    line += part.split('\n').length - 1;
    before = part;
  }
  return comments;
}
