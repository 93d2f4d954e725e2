// A draft as the text of a livego.json5.
import { DraftSection, type Draft, type DraftEntry, type Note } from './draft.ts';

const INDENT = '  ';
/** A list or an object that fits into this many characters stays on one line. */
const MAX_INLINE = 90;

/** @param origin - the file that was migrated, for the first line */
export function printDraft(draft: Draft, origin: string): string {
  const header = [`Made from ${origin} by: livego migrate`, ...draft.header];
  const lines = [...header.map((text) => `// ${text}`), '{'];
  for (const entry of draft.root.entries) lines.push(...printEntry(entry, 1));
  lines.push(`${INDENT}servers: [`);
  for (const server of draft.servers) lines.push(...printServer(server));
  lines.push(`${INDENT}],`, '}');
  if (draft.notes.length > 0)
    lines.push('', '// Without a counterpart, or different here:', ...draft.notes.map(printNote));
  return `${lines.join('\n')}\n`;
}

function printServer(server: DraftSection): string[] {
  const [first] = server.entries;
  const comments = first?.comments.map((text) => `${INDENT}${INDENT}// ${text}`) ?? [];
  const rest = server.entries.slice(1);
  if (rest.length === 0)
    return [...comments, `${INDENT}${INDENT}{ servername: ${JSON.stringify(first?.value)} },`];
  const body = [{ key: 'servername', value: first?.value, comments: [] }, ...rest];
  const pad = INDENT.repeat(2);
  return [...comments, `${pad}{`, ...body.flatMap((entry) => printEntry(entry, 3)), `${pad}},`];
}

function printEntry({ key, value, comments }: DraftEntry, depth: number): string[] {
  const pad = INDENT.repeat(depth);
  const notes = comments.map((text) => `${pad}// ${text}`);
  if (value instanceof DraftSection) {
    const inner = value.entries.flatMap((entry) => printEntry(entry, depth + 1));
    return [...notes, `${pad}${printKey(key)}: {`, ...inner, `${pad}},`];
  }
  return [...notes, `${pad}${printKey(key)}: ${printValue(value, depth)},`];
}

function printValue(value: unknown, depth: number): string {
  const inline = printInline(value);
  if (!Array.isArray(value) || inline.length <= MAX_INLINE) return inline;
  const pad = INDENT.repeat(depth + 1);
  return ['[', ...value.map((item) => `${pad}${printInline(item)},`), `${INDENT.repeat(depth)}]`].join('\n');
}

function printInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printInline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${printKey(key)}: ${printInline(inner)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function printKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function printNote(note: Note): string {
  return `//   ${describeNote(note)}`;
}

/** `line 12: dash on: there is no DASH` */
export function describeNote({ line, what, reason }: Note): string {
  return line === undefined ? `${what}: ${reason}` : `line ${line}: ${what}: ${reason}`;
}
