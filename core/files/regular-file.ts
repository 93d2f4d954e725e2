// Reads whole files that an operator names. A pipe, a device or a file system that does not answer must not hold the server.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { withTimeout } from '../time/timeout.ts';

export interface FileLimits {
  readonly maxBytes: number;
  /** Default: 5 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5000;

/** A file that is there and is not read: no regular file, too large, or one that takes too long. */
export class UnsuitableFile extends Error {}

/**
 * The bytes of a regular file. Rejects with the system's error, or with an UnsuitableFile whose message says what is wrong.
 */
export function readRegularFile(path: string, { maxBytes, timeoutMs }: FileLimits): Promise<Buffer> {
  const limitMs = timeoutMs ?? TIMEOUT_MS;
  return withTimeout(limitMs, read(path, maxBytes), `the file was not read within ${limitMs / 1000} s`);
}

async function read(path: string, maxBytes: number): Promise<Buffer> {
  // Opening a pipe would wait for its writer.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw Object.assign(new Error('EISDIR: it is a directory'), { code: 'EISDIR' });
    if (!stats.isFile()) throw new UnsuitableFile('this is no regular file');
    // Files of /proc say that they are empty: the bytes are counted as well.
    const bytes = Buffer.allocUnsafe(Math.min(Math.max(stats.size, 4096), maxBytes) + 1);
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, length);
      length += bytesRead;
      if (length > maxBytes) throw new UnsuitableFile(`the file has more than ${maxBytes} bytes`);
      if (bytesRead === 0) return Buffer.concat(parts);
      parts.push(Buffer.from(bytes.subarray(0, bytesRead)));
    }
  } finally {
    await file.close();
  }
}
