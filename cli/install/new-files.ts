// Files that a command makes. None that exists is changed.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../core/errors.ts';

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Writes all files, or none if one of them exists. Returns what is wrong. */
export function writeNewFiles(files: readonly NewFile[]): string | undefined {
  const present = files.find(({ path }) => existsSync(path));
  if (present) return `${present.path} exists already; nothing was written`;
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: 'wx' });
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
