// The directory that a stream's segments are in, if they are in files: another one after a reload, and none where another
// stream has the folder.
import type { Logger } from 'livego';
import { findDiskNameFault } from './disk-names.ts';
import { folderOf, SegmentFiles, type FileSystemAccess } from './segment-files.ts';

const SAME_NAME = 'a stream has files whose names differ in nothing but the case of letters';

export class StoreDirectory {
  readonly #key: string;
  readonly #log: Logger;
  readonly #access: FileSystemAccess;
  #path = '';
  #files: SegmentFiles | undefined;
  #formerFiles: readonly SegmentFiles[] = [];
  /** Folders that no other stream may have. */
  readonly #claimed: string[] = [];

  constructor(key: string, log: Logger, access: FileSystemAccess) {
    this.#key = key;
    this.#log = log;
    this.#access = access;
  }

  /** Undefined while segments are in memory alone. */
  get files(): SegmentFiles | undefined {
    return this.#files;
  }

  /** @param path - "": none */
  use(path: string): void {
    if (path === this.#path) return;
    this.#path = path;
    if (this.#files) this.#formerFiles = [...this.#formerFiles, this.#files];
    const fault = path === '' ? undefined : findDiskNameFault(this.#key);
    this.#files = path === '' || fault !== undefined ? undefined : this.#open(path);
    if (path !== '' && !this.#files) this.#tellNone(fault ?? SAME_NAME);
  }

  /** Removes the files, and lets others have the folders. @param present - `keep`: those of earlier directories alone */
  remove(present: 'keep' | 'remove'): void {
    for (const folder of this.#claimed.splice(0)) this.#access.folders.release(folder);
    for (const files of this.#formerFiles) void files.removeAll();
    if (present === 'remove') void this.#files?.removeAll();
  }

  /** Undefined if another stream has a folder that some file systems take for the same. */
  #open(path: string): SegmentFiles | undefined {
    // Claimed before others are asked: they are told of what is claimed alone.
    const folder = folderOf(path, this.#key);
    if (!this.#access.folders.claim(folder)) return undefined;
    this.#claimed.push(folder);
    const files = new SegmentFiles(path, this.#key, this.#log, this.#access);
    files.usable.then(
      (is) => void (is || this.#close(files)),
      () => this.#close(files),
    );
    return files;
  }

  /** Another worker has such a folder. */
  #close(files: SegmentFiles): void {
    if (this.#files === files) this.#files = undefined;
    const index = this.#claimed.indexOf(files.folder);
    if (index < 0) return;
    this.#claimed.splice(index, 1);
    this.#access.folders.release(files.folder);
    this.#tellNone(SAME_NAME);
  }

  #tellNone(why: string): void {
    const values = { stream: this.#key, why };
    this.#log.warn(values, 'HLS files of a stream are kept in memory: its name cannot be used on the disk');
  }
}
