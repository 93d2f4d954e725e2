// Reads parts of a file.
import type { FileHandle } from 'node:fs/promises';

/** Reads up to `length` bytes at a position; fewer at the end of the file. */
export function readerOf(
  handle: Pick<FileHandle, 'read'>,
): (position: number, length: number) => Promise<Buffer> {
  return async (position, length) => {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
}
