// Sends bytes that are read piece by piece, as fast as the client takes them. No file stays open while a client is slow.
import type { ServerResponse } from 'node:http';
import type { ReadAt } from '../../media/flv/recording/tag-scan.ts';

const PIECE_BYTES = 256 * 1024;
/** A TLS connection reports a write only when it has taken all of it (`write-timeout.ts`). */
const SLICE_BYTES = 64 * 1024;

/** Bytes of a file. */
export interface ReadableBytes {
  readonly readAt: ReadAt;
  readonly length: number;
  /** Called when they cannot be read: the connection has been cut then, so that the client notices. */
  readonly onError: (error: unknown) => void;
}

/** Sends the bytes from `start` to before `end`, then ends the response. Stops when the client has disconnected. */
export async function sendRead(
  response: ServerResponse,
  { readAt, onError }: Pick<ReadableBytes, 'readAt' | 'onError'>,
  start: number,
  end: number,
): Promise<void> {
  try {
    for (let at = start; at < end && !response.destroyed;) {
      const bytes = await readAt(at, Math.min(PIECE_BYTES, end - at));
      if (bytes.length === 0) throw new Error(`the file ends after ${at} of ${end} bytes`);
      at += bytes.length;
      await writeSlices(response, bytes);
    }
    response.end();
  } catch (error) {
    response.destroy();
    onError(error);
  }
}

async function writeSlices(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length && !response.destroyed; at += SLICE_BYTES)
    if (!response.write(bytes.subarray(at, at + SLICE_BYTES))) await drained(response);
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
