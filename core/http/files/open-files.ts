// Files that are being sent. A client that reads slowly must not hold a file open that others need: of more than
// MAX_OPEN_FILES, those whose clients have kept them waiting for longest are closed, and opened again when they are read on.
//
//            read                 the client reads slowly, others need a file
//   closed ────────▶ open ─────────────────────────────────────────────────▶ closed
//                     │ the end, or the client has gone
//                     ▼
//                   closed
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';

const MAX_OPEN_FILES = 256;

/** Where a request keeps the files of its server. */
const FILES = Symbol('livego.openFiles');

export class OpenFiles {
  /** Open ones that are not being read now. The one that has waited for longest comes first. */
  readonly #resting = new Set<FileInUse>();
  readonly #turns: (() => void)[] = [];
  readonly #limit: number;
  #open = 0;

  constructor(limit: number = MAX_OPEN_FILES) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#open;
  }

  use(path: string): FileInUse {
    return new FileInUse(path, this);
  }

  /** Resolves when a file may be opened. */
  async acquire(): Promise<void> {
    if (this.#open < this.#limit) return void this.#open++;
    const [resting] = this.#resting;
    const turn = new Promise<void>((resolve) => this.#turns.push(resolve));
    if (resting) {
      this.#resting.delete(resting);
      await resting.rest();
    }
    return turn;
  }

  /** A file has been closed. */
  release(): void {
    const next = this.#turns.shift();
    if (next) next();
    else this.#open--;
  }

  rest(file: FileInUse): void {
    this.#resting.add(file);
    if (this.#turns.length === 0) return;
    this.#resting.delete(file);
    void file.rest();
  }

  wake(file: FileInUse): void {
    this.#resting.delete(file);
  }
}

export class FileInUse {
  readonly #path: string;
  readonly #files: OpenFiles;
  #handle: FileHandle | undefined;
  #closed = false;

  constructor(path: string, files: OpenFiles) {
    this.#path = path;
    this.#files = files;
  }

  /** Bytes from `position` on, at most `length`. Rejects with the system's error. */
  async read(position: number, length: number): Promise<Buffer> {
    this.#files.wake(this);
    const handle = this.#handle ?? (await this.#open());
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    } finally {
      if (this.#closed) await this.rest();
      else this.#files.rest(this);
    }
  }

  /** Closes it until it is read again. */
  async rest(): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    this.#handle = undefined;
    await handle.close().catch(() => {});
    this.#files.release();
  }

  /** Nothing is read any more. A read that is under way closes it when it is done. */
  close(reading: boolean): void {
    this.#closed = true;
    this.#files.wake(this);
    if (!reading) void this.rest();
  }

  async #open(): Promise<FileHandle> {
    await this.#files.acquire();
    try {
      return (this.#handle = await open(this.#path));
    } catch (error) {
      this.#files.release();
      throw error;
    }
  }
}

type Lent = IncomingMessage & { [FILES]?: OpenFiles };

/** The response to this request may send files. */
export function lendFiles(request: Lent, files: OpenFiles): void {
  request[FILES] = files;
}

export function filesOf(request: Lent): OpenFiles {
  return (request[FILES] ??= new OpenFiles());
}
