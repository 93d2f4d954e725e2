// JSON with comments, full-width commas and <br/>, and the object that a JavaScript config is.
import { parse } from '@humanwhocodes/momoa';
import type { AnyNode, DocumentNode, MemberNode } from '@humanwhocodes/momoa';
import { findForeignMarks, replaceForeignMarks } from '../../text/foreign-marks.ts';
import { parseConfigText } from '../../text/parse-text.ts';
import { LineTable } from '../../text/positions.ts';
import { Comments, linesOfComment } from './comments.ts';
import { requireMap, SourceList, SourceMap, UnreadableSource, type SourceValue } from './source-tree.ts';

/** Reads JSON or JSON5; foreign marks are taken for what they stand for. */
export function readJson(source: string): SourceMap {
  const text = source.replace(/^\uFEFF/, '');
  return new JsonReader(replaceForeignMarks(text, findForeignMarks(text))).read();
}

/**
 * Reads the object that a JavaScript file assigns to `config`, exports, or starts node-media-server with. Values must be
 * literals; calls, variables and functions are not run.
 */
export function readScript(source: string): SourceMap {
  const start =
    /(?:\b(?:const|let|var)\s+\w*config\w*\s*(?::\s*[\w.<>, ]+)?=|module\.exports\s*=|export\s+default|new\s+\w*NodeMediaServer\s*\()\s*(?=\{)/i.exec(
      source,
    );
  if (!start)
    throw new UnreadableSource(1, 'no object is assigned to "config", exported, or given to NodeMediaServer');
  const from = start.index + start[0].length;
  const to = endOfObject(source, from);
  // Lines stay where they are.
  const before = source.slice(0, from).replaceAll(/[^\n]/g, ' ');
  try {
    return new JsonReader(before + source.slice(from, to)).read();
  } catch (error) {
    if (!(error instanceof UnreadableSource)) throw error;
    throw new UnreadableSource(
      error.line,
      `${error.message}; the script is not run, so values must be literals`,
    );
  }
}

class JsonReader {
  readonly #text: string;
  readonly #lines: LineTable;
  #comments = new Comments([]);

  constructor(text: string) {
    this.#text = text;
    this.#lines = new LineTable(text);
  }

  read(): SourceMap {
    const [fault] = parseConfigText(this.#text).faults;
    if (fault) throw new UnreadableSource(fault.line, fault.message);
    const document = this.#parse();
    this.#comments = new Comments(this.#commentsOf(document));
    return requireMap(this.#value(document.body));
  }

  // This parser keeps comments, and cannot read everything that is JSON5: `-.5`, `null` as a key, letters beyond U+FFFF in one.
  #parse(): DocumentNode {
    try {
      return parse(this.#text, { mode: 'json5', ranges: true, tokens: true });
    } catch (error) {
      const { line } = error as { readonly line?: number };
      throw new UnreadableSource(
        line,
        'a key or a number is written in a way that only JSON5 has; put keys in quotes, and write 0.5 for .5',
      );
    }
  }

  #commentsOf({ tokens = [] }: DocumentNode): { line: number; text: string }[] {
    return tokens
      .filter(({ type }) => type === 'LineComment' || type === 'BlockComment')
      .flatMap(({ range = [0, 0] }) => linesOfComment(this.#lineAt(range[0]), this.#text.slice(...range)));
  }

  #value(node: AnyNode): SourceValue {
    switch (node.type) {
      case 'Object':
        return new SourceMap(node.members.map((member) => this.#entry(member)));
      case 'Array':
        return new SourceList(
          node.elements.map((element) => ({
            line: this.#lineAt(element.value.range?.[0]),
            value: this.#value(element.value),
          })),
        );
      case 'String':
      case 'Number':
      case 'Boolean':
        return node.value;
      default:
        return null;
    }
  }

  #entry({ name, value, range }: MemberNode): SourceMap['entries'][number] {
    const line = this.#lineAt(range?.[0]);
    const comments = this.#comments.take(line);
    return {
      key: name.type === 'String' ? name.value : name.name,
      line,
      comments,
      value: this.#value(value),
    };
  }

  #lineAt(offset = 0): number {
    return this.#lines.at(offset).line;
  }
}

/** The offset behind the brace that closes the one at `from`. */
function endOfObject(source: string, from: number): number {
  const parts = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[{}]/g;
  parts.lastIndex = from;
  let depth = 0;
  for (let part = parts.exec(source); part; part = parts.exec(source)) {
    if (part[0] === '{') depth++;
    if (part[0] === '}' && --depth === 0) return parts.lastIndex;
  }
  throw new UnreadableSource(new LineTable(source).at(from).line, 'the object is not closed; a } is missing');
}
