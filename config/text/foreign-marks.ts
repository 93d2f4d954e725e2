// Marks in a config that was copied from a document or typed with an input method: full-width punctuation, typographic
// quotes, <br/>.

/** One mark outside strings and comments. `replacement` has the length of `text`. */
export interface ForeignMark {
  readonly offset: number;
  readonly text: string;
  readonly name: string;
  /** The way out, as the message says it. */
  readonly use: string;
  readonly replacement: string;
}

const MARKS: Readonly<Record<string, readonly [name: string, use: string]>> = {
  '，': ['full-width comma', ','],
  '、': ['ideographic comma', ','],
  '：': ['full-width colon', ':'],
  '；': ['full-width semicolon', ','],
  '“': ['typographic opening quote', '"'],
  '”': ['typographic closing quote', '"'],
  '„': ['typographic opening quote', '"'],
  '‘': ['typographic opening quote', "'"],
  '’': ['typographic closing quote', "'"],
  '＂': ['full-width quote', '"'],
  '＇': ['full-width quote', "'"],
  '｛': ['full-width opening brace', '{'],
  '｝': ['full-width closing brace', '}'],
  '［': ['full-width opening bracket', '['],
  '］': ['full-width closing bracket', ']'],
  '【': ['lenticular opening bracket', '['],
  '】': ['lenticular closing bracket', ']'],
};

const FULL_WIDTH_ZERO = '０'.charCodeAt(0);
const LINE_BREAK_TAG = /<\/?br\s*\/?>/iy;

/** All foreign marks outside strings and comments, in the order of the text. */
export function findForeignMarks(text: string): ForeignMark[] {
  const marks: ForeignMark[] = [];
  let offset = 0;
  while (offset < text.length) {
    const character = text.charAt(offset);
    if (character === '/' && /[/*]/.test(text.charAt(offset + 1))) {
      offset = endOfComment(text, offset);
    } else if (character === '"' || character === "'") {
      const end = endOfString(text, offset);
      // An unclosed string was perhaps meant to end at a typographic quote: look inside.
      if (!end.closed) collectMarks(text, offset + 1, end.offset, marks);
      offset = end.offset;
    } else {
      offset += collectMarkAt(text, offset, marks);
    }
  }
  return marks;
}

/** The text with every mark replaced. All offsets stay valid. */
export function replaceForeignMarks(text: string, marks: readonly ForeignMark[]): string {
  let result = '';
  let from = 0;
  for (const mark of marks) {
    result += text.slice(from, mark.offset) + mark.replacement;
    from = mark.offset + mark.text.length;
  }
  return result + text.slice(from);
}

function collectMarks(text: string, from: number, to: number, marks: ForeignMark[]): void {
  for (let offset = from; offset < to;) offset += collectMarkAt(text, offset, marks);
}

/** Adds the mark that begins at `offset`, if there is one. Returns how many characters to skip. */
function collectMarkAt(text: string, offset: number, marks: ForeignMark[]): number {
  const mark = markAt(text, offset);
  if (mark === undefined) return 1;
  marks.push(mark);
  return mark.text.length;
}

function markAt(text: string, offset: number): ForeignMark | undefined {
  const character = text.charAt(offset);
  const known = MARKS[character];
  if (known !== undefined) {
    const [name, replacement] = known;
    return { offset, text: character, name, use: `use ${replacement}`, replacement };
  }
  const digit = text.charCodeAt(offset) - FULL_WIDTH_ZERO;
  if (digit >= 0 && digit <= 9)
    return {
      offset,
      text: character,
      name: 'full-width digit',
      use: `use ${digit}`,
      replacement: String(digit),
    };
  if (character !== '<') return undefined;
  LINE_BREAK_TAG.lastIndex = offset;
  const tag = LINE_BREAK_TAG.exec(text)?.[0];
  if (tag === undefined) return undefined;
  return { offset, text: tag, name: `stray ${tag}`, use: 'remove it', replacement: ' '.repeat(tag.length) };
}

function endOfComment(text: string, start: number): number {
  if (text.charAt(start + 1) === '*') {
    const end = text.indexOf('*/', start + 2);
    return end < 0 ? text.length : end + 2;
  }
  const end = text.slice(start).search(/[\r\n\u2028\u2029]/);
  return end < 0 ? text.length : start + end;
}

/** The offset after the closing quote; an unclosed string ends with its line. */
function endOfString(text: string, start: number): { offset: number; closed: boolean } {
  const quote = text.charAt(start);
  for (let offset = start + 1; offset < text.length; offset++) {
    const character = text.charAt(offset);
    if (character === quote) return { offset: offset + 1, closed: true };
    if (character === '\n' || character === '\r') return { offset, closed: false };
    // A backslash before a line end continues the string.
    if (character === '\\') offset += text.startsWith('\r\n', offset + 1) ? 2 : 1;
  }
  return { offset: text.length, closed: false };
}
