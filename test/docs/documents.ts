// The documents of the project as tests read them.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface CodeBlock {
  readonly language: string;
  /** What stands behind the language: the file that the block is a part of. */
  readonly file: string | undefined;
  readonly text: string;
}

export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Paths of README, CHANGELOG, CONTRIBUTING and everything in docs/, from the root. */
export function documentPaths(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...docs].sort();
}

export function codeBlocks(document: string): CodeBlock[] {
  const fences = document.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms);
  return [...fences].map(([, language = '', file, text = '']) => ({ language, file, text }));
}

/** Texts of the headings of a level. */
export function headings(document: string, level: number): string[] {
  const prose = document.replaceAll(/^```.*?^```$/gms, '');
  return [...prose.matchAll(new RegExp(`^#{${level}} (.+)$`, 'gm'))].map(([, text = '']) => text);
}

/** Targets of links and pictures. */
export function linkTargets(document: string): string[] {
  const prose = document.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/** `document` with the part between the markers of that name made anew. Throws when it has none. */
export function renewPart(document: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document lacks its markers ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${document.slice(to)}`;
}

/** Whether `text` is a part of `whole`, wherever the lines of either are broken. */
export function holdsCode(whole: string, text: string): boolean {
  const flat = (code: string): string => code.replaceAll(/\s+/g, '').replaceAll(/,(?=[)\]}])/g, '');
  return flat(whole).includes(flat(text));
}
