// A file that is written at its end while it grows: off the packet path, in order, and only as fast as the disk is.
import type { FileHandle } from 'node:fs/promises';
import type { Turns } from './turns.ts';

/** What a file that is opened for writing is to the queue. */
export type GrowingHandle = Pick<FileHandle, 'write' | 'datasync' | 'close'>;

type Operation = (handle: GrowingHandle) => Promise<void>;

export interface GrowingFileOptions {
  /** Opens the file, when its turn comes. */
  readonly open: () => Promise<GrowingHandle>;
  /** Told once, of the first operation that fails. What follows is not done. */
  readonly onFailure: (error: unknown) => void;
}

/** Operations are done one after the other. After a failure none is. */
export class GrowingFile {
  readonly #options: GrowingFileOptions;
  readonly #operations: Operation[] = [];
  #handle: GrowingHandle | undefined;
  #running: Promise<void> | undefined;
  #failed = false;
  #pendingBytes = 0;
  #writtenBytes = 0;
  #synchronised = 0;

  constructor(options: GrowingFileOptions) {
    this.#options = options;
  }

  /** Bytes that the disk has yet to take. The owner bounds them: it leaves bytes out when there are too many. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Bytes that stand in the file, each append whole. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /**
   * Adds bytes at the end. They belong to the file until they are written.
   * @param written - told then; never told of bytes that a failure has kept from the file
   */
  append(bytes: Buffer, written?: () => void): void {
    this.#pendingBytes += bytes.length;
    this.#add(async (handle) => {
      await writeAll(handle, bytes, this.#writtenBytes);
      this.#writtenBytes += bytes.length;
      this.#pendingBytes -= bytes.length;
      written?.();
    });
  }

  /** Writes over bytes that are in the file already. */
  overwrite(bytes: Buffer, position: number): void {
    this.#add((handle) => writeAll(handle, bytes, position));
  }

  /** Makes what was appended survive a power failure. Does nothing if that is done already. */
  sync(turns: Turns): void {
    this.#add(async (handle) => {
      if (this.#synchronised === this.#writtenBytes) return;
      const bytes = this.#writtenBytes;
      await turns.run(() => handle.datasync());
      this.#synchronised = bytes;
    });
  }

  /** Calls back with the open file in its turn. A callback that throws is a failure of the file. */
  inspect(look: Operation): void {
    this.#add(look);
  }

  /** Resolves when nothing waits any more: everything is written, or an operation has failed. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Waits for what was asked for, then closes the file. Never rejects: a failure has been told. */
  async close(): Promise<void> {
    await this.settled();
    const handle = this.#handle;
    this.#handle = undefined;
    this.#failed = true;
    try {
      await handle?.close();
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  #add(operation: Operation): void {
    if (this.#failed) {
      this.#pendingBytes = 0;
      return;
    }
    this.#operations.push(operation);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      // The caller of `append` is on the packet path: the first operation waits as well.
      await Promise.resolve();
      this.#handle ??= await this.#options.open();
      for (let next = this.#operations.shift(); next; next = this.#operations.shift())
        await next(this.#handle);
    } catch (error) {
      this.#failed = true;
      this.#operations.length = 0;
      this.#pendingBytes = 0;
      this.#options.onFailure(error);
    } finally {
      this.#running = undefined;
    }
  }
}

/** A write may take less than it was given, so that the next one tells why: "no space left". */
async function writeAll(handle: GrowingHandle, bytes: Buffer, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
