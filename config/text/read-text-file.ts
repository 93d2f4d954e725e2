// Reads a file as text, with the reason in words when it cannot be read.
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../core/errors.ts';

export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: boolean; readonly message: string };

/** Never throws: a file that is missing, unreadable or not UTF-8 is a result. */
export async function readTextFile(file: string): Promise<FileText> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, missing: code === 'ENOENT', message: reason(code, error) };
  }
  if (/^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2)))
    return { ok: false, missing: false, message: 'the file is UTF-16; save it as UTF-8' };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, missing: false, message: 'the file is not UTF-8; save it as UTF-8' };
  }
}

function reason(code: string | undefined, error: unknown): string {
  switch (code) {
    case 'ENOENT':
      return 'the file does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read the file';
    case 'EISDIR':
      return 'this is a directory, not a file';
    default:
      return `the file cannot be read: ${messageOf(error)}`;
  }
}
