// YAML, as a tree with lines and comments.
import { isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
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
  return requireMap(new YamlReader(text, lines).value(document.contents));
}

class YamlReader {
  readonly #lines: LineCounter;
  readonly #comments: Comments;

  constructor(text: string, lines: LineCounter) {
    this.#lines = lines;
    this.#comments = new Comments(commentsOf(text));
  }

  value(node: unknown): SourceValue {
    if (isMap(node)) return new SourceMap(node.items.map((pair) => this.#entry(pair as Pair<Node, Node>)));
    if (isSeq(node))
      return new SourceList(
        node.items.map((item) => ({ line: this.#lineOf(item as Node), value: this.value(item) })),
      );
    return isScalar(node) ? asScalar(node.value) : null;
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
