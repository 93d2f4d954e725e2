// Reads recordings piece by piece. A file is open only while a piece is read, however long a viewer pauses, and only a few
// pieces are read at a time: the process has few threads for its files, and recordings are being written by them.
import { Denial, LivegoError } from 'livego';
import { isSameFile, openInside, Turns, type FileIdentity } from 'livego/files';
import type { ReadAt } from 'livego/media';

const MAX_READS = 2;

export interface ReadableFile extends FileIdentity {
  readonly path: string;
  /** The directory that it may not lead out of. */
  readonly root: string;
}

export class RecordingFiles {
  readonly #turns = new Turns(MAX_READS);

  /** Reads of it throw a Denial once it has been removed, or another file is there. */
  reader(file: ReadableFile): ReadAt {
    return (position, length) => this.#turns.run(() => readPiece(file, position, length));
  }
}

/** What a viewer is told of a file whose bytes are malformed; any other error as it is. */
export function denialOf(error: unknown): unknown {
  if (!(error instanceof LivegoError)) return error;
  return new Denial('unavailable', `the recording is damaged: ${error.message}`);
}

async function readPiece(file: ReadableFile, position: number, length: number): Promise<Buffer> {
  const opened = await openInside(file.root, file.path);
  if (!opened) throw new Denial('not-found', 'the recording was removed');
  try {
    if (!isSameFile(opened, file)) throw new Denial('not-found', 'the recording was replaced');
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, file.bytes - position)));
    const { bytesRead } = await opened.handle.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await opened.handle.close();
  }
}
