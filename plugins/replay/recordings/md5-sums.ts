// MD5 sums of recordings.
import { isSameFile, Md5Thread } from 'livego/files';
import type { ReadableFile } from './recording-files.ts';

export class Md5Sums {
  readonly #thread = new Md5Thread();
  /** By path. A file that changes has another sum. */
  readonly #sums = new Map<string, { readonly of: ReadableFile; readonly sum: string | undefined }>();

  find(file: ReadableFile): string | undefined {
    const known = this.#sums.get(file.path);
    return known && isSameFile(known.of, file) ? known.sum : undefined;
  }

  /** @param sum - if it is known */
  add(file: ReadableFile, sum?: string): void {
    const known = this.#sums.get(file.path);
    if (known && isSameFile(known.of, file) && sum === undefined) return;
    const entry = { of: file, sum };
    this.#sums.set(file.path, entry);
    if (sum === undefined)
      void this.#thread.sum(file.path).then((computed) => {
        if (this.#sums.get(file.path) === entry) this.#sums.set(file.path, { of: file, sum: computed });
      });
  }

  /** The file is gone. */
  forget(path: string): void {
    this.#sums.delete(path);
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }
}
