// Parses the text of a config: JSON5, with errors in plain words and all foreign marks named at once.
//
// This room is about the text alone: reading and parsing it, the variables in it, and the places in it that messages point
// at. It does not know which keys and options there are.
import JSON5 from 'json5';
import { describeForeignFormat } from './foreign-format.ts';
import { findForeignMarks, replaceForeignMarks } from './foreign-marks.ts';
import type { ForeignMark } from './foreign-marks.ts';
import { findSizeFault } from './nesting.ts';
import { ConfigPositions, LineTable } from './positions.ts';
import type { Position } from './positions.ts';

/** A fault of the syntax and where it is. */
export interface SyntaxFault extends Position {
  readonly message: string;
}

export interface ParsedText {
  /** Undefined when the text could not be parsed. When only marks had to be replaced, the value with the right ones. */
  readonly value: unknown;
  readonly positions: ConfigPositions;
  /** If there are any, the text is rejected, whatever `value` is. */
  readonly faults: readonly SyntaxFault[];
}

/** Parses JSON5. Never throws. A text with foreign marks is parsed without them, to find its other faults as well. */
export function parseConfigText(source: string): ParsedText {
  const text = source.replace(/^\uFEFF/, '');
  const tooMuch = findSizeFault(text);
  if (tooMuch) return { value: undefined, positions: new ConfigPositions(''), faults: [tooMuch] };
  const plain = tryParse(text);
  if (plain.ok) return { value: plain.value, positions: new ConfigPositions(text), faults: [] };
  const foreign = describeForeignFormat(text);
  if (foreign !== undefined)
    return {
      value: undefined,
      positions: new ConfigPositions(''),
      faults: [{ line: 1, column: 1, message: foreign }],
    };
  const marks = findForeignMarks(text);
  const first = explain(text, plain.error);
  if (marks.length === 0) return { value: undefined, positions: new ConfigPositions(''), faults: [first] };
  return parseRepaired(text, marks);
}

function parseRepaired(text: string, marks: readonly ForeignMark[]): ParsedText {
  const lines = new LineTable(text);
  const faults: SyntaxFault[] = marks.map((mark) => {
    const { line, column } = lines.at(mark.offset);
    return { line, column, message: `${mark.name} at line ${line}, column ${column}; ${mark.use}` };
  });
  const repaired = replaceForeignMarks(text, marks);
  const tooMuch = findSizeFault(repaired);
  if (tooMuch) return { value: undefined, positions: new ConfigPositions(''), faults: [tooMuch] };
  const again = tryParse(repaired);
  if (again.ok) return { value: again.value, positions: new ConfigPositions(repaired), faults };
  const further = explain(repaired, again.error);
  // On a line with foreign marks a second message would only repeat the first.
  if (!faults.some((fault) => fault.line === further.line)) faults.push(further);
  return { value: undefined, positions: new ConfigPositions(''), faults };
}

type Attempt =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Position };

function tryParse(text: string): Attempt {
  try {
    return { ok: true, value: JSON5.parse(text) };
  } catch (error) {
    const { lineNumber = 1, columnNumber = 1 } = error as { lineNumber?: number; columnNumber?: number };
    return { ok: false, error: { line: lineNumber, column: columnNumber } };
  }
}

/** Explains in plain words what is wrong at the place where json5 stopped. */
function explain(text: string, { line, column }: Position): SyntaxFault {
  const offset = offsetOf(text, line, column);
  return { ...new LineTable(text).at(offset), message: reasonAt(text, offset) };
}

function reasonAt(text: string, offset: number): string {
  if (text.trim() === '') return 'the file is empty; write at least {}';
  if (offset >= text.length) return 'the file ends too early; a closing }, ] or quote is missing';
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (character === '\n' || character === '\r') return 'the string is not closed before the end of its line';
  const word = wordAround(text, offset);
  const before = lastSignificant(text, word?.start ?? offset);
  if (word !== undefined && /[:[]/.test(before)) return `${word.text} needs quotes: "${word.text}"`;
  if (/[\w"'}\]]/.test(before) && /[\w$"'{[]/.test(character))
    return `a comma (or a colon) is missing before ${shown(text, offset, word?.text)}`;
  if (character === '=') return 'unexpected "="; a key and its value are separated by a colon';
  if (character === ',') return 'unexpected comma; there is nothing before it';
  return `unexpected ${JSON.stringify(character)}`;
}

function shown(text: string, offset: number, word: string | undefined): string {
  const found = word ?? text.slice(offset).match(/^("[^"\n]*"|'[^'\n]*'|.)/u)?.[0] ?? '';
  return found.length > 40 ? `${found.slice(0, 40)}…` : found;
}

function wordAround(text: string, offset: number): { text: string; start: number } | undefined {
  let start = offset;
  while (start > 0 && /[\w$.-]/.test(text.charAt(start - 1))) start--;
  const word = /^[A-Za-z_$][\w$.-]*/.exec(text.slice(start, start + 100))?.[0];
  return word === undefined ? undefined : { text: word, start };
}

/** The last character before `offset` that is neither blank nor in a comment of its line. */
function lastSignificant(text: string, offset: number): string {
  const before = text
    .slice(0, offset)
    .replaceAll(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replaceAll(/(^|[\s,{}[\]"'])\/\/[^\n]*(?=\n|$)/g, '$1')
    .trimEnd();
  return before.charAt(before.length - 1);
}

// json5 counts lines by \n only, and gives column 0 of the next line for an unexpected line end.
function offsetOf(text: string, line: number, column: number): number {
  let offset = 0;
  for (let skipped = 1; skipped < line; skipped++) offset = text.indexOf('\n', offset) + 1;
  return offset + column - 1;
}
