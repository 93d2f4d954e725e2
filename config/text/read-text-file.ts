// Reads a file as text, with the reason in words when it cannot be read.
import { messageOf } from '../../core/errors.ts';
import { readRegularFile, UnsuitableFile } from '../../core/files/regular-file.ts';

export type FileText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: boolean; readonly message: string };

/** A config has a few kilobytes. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** Never throws: a file that is missing, unreadable or not UTF-8 is a result. */
export async function readTextFile(file: string): Promise<FileText> {
  let bytes: Buffer;
  try {
    bytes = await readRegularFile(file, { maxBytes: MAX_TEXT_BYTES });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UnsuitableFile) return { ok: false, missing: false, message: error.message };
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
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open; raise the limit of this process (ulimit -n)';
    case 'EISDIR':
      return 'this is a directory, not a file';
    default:
      return `the file cannot be read: ${messageOf(error)}`;
  }
}
