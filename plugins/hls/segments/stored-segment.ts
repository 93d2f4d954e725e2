// One segment that is available: its bytes are in memory, in a file, or in both.
import type { FileSource } from 'livego/http';
import type { SegmentKey } from './segment-keys.ts';

export class StoredSegment {
  /** Undefined when it is not encrypted. */
  readonly key: SegmentKey | undefined;
  #source: FileSource;
  /** The file that has all of it. */
  #file: FileSource | undefined;

  constructor(source: FileSource, key: SegmentKey | undefined) {
    this.#source = source;
    if ('file' in source) this.#file = source;
    this.key = key;
  }

  /** The memory or the file to send it from. */
  get source(): FileSource {
    return this.#source;
  }

  get memoryBytes(): number {
    return 'bytes' in this.#source ? this.#source.bytes.length : 0;
  }

  /** A complete file has the same bytes. */
  noteFile(file: string, length: number): void {
    this.#file = { file, length };
  }

  /** Keeps the bytes in the file alone, if there is one. */
  leaveMemory(): void {
    this.#source = this.#file ?? this.#source;
  }
}
