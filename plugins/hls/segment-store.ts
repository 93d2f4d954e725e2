// Where the bytes of a stream's segments are: in memory, or in files with the newest in memory too; encrypted or not.
import type { FinishedFile } from '../../core/hooks.ts';
import type { Logger } from '../../core/log.ts';
import type { SegmentWindow, WindowResumption, WindowSegment } from '../../core/media/hls/index.ts';
import { KeyRing, type SegmentKey } from './key-ring.ts';
import type { HlsOptions } from './schema.ts';
import { SegmentFiles, type FileSurroundings } from './segment-files.ts';
import type { FinishedSegment } from './segment-maker.ts';

/** What is counted over all streams of a server. */
export interface HlsCounters {
  segments: number;
  segmentBytes: number;
  diskFailures: number;
  /** Connections that took nothing of their answer for too long. */
  slowReaders: number;
}

/** Where the bytes of a segment are. */
export interface SegmentData {
  /** Undefined when they are on the disk alone. */
  bytes: Buffer | undefined;
  readonly file: string | undefined;
  readonly key: SegmentKey | undefined;
  onDisk: boolean;
}

/** Newest segments that stay in memory when they are on the disk too: nearly everybody asks for these. */
const HOT_SEGMENTS = 3;

/** Told when a segment is a complete file. */
export type OnSegmentFile = (file: Pick<FinishedFile, 'path' | 'bytes' | 'durationMs'>) => void;

export class SegmentStore {
  readonly #key: string;
  readonly #log: Logger;
  readonly #counters: HlsCounters;
  readonly #surroundings: FileSurroundings;
  readonly #onFile: OnSegmentFile;
  readonly #keys = new KeyRing();
  #path = '';
  #files: SegmentFiles | undefined;
  #formerFiles: readonly SegmentFiles[] = [];
  /** An earlier run has left segments. */
  #leftovers = false;

  constructor(
    key: string,
    options: HlsOptions,
    log: Logger,
    counters: HlsCounters,
    surroundings: FileSurroundings,
    onFile: OnSegmentFile,
  ) {
    this.#key = key;
    this.#log = log;
    this.#counters = counters;
    this.#surroundings = surroundings;
    this.#onFile = onFile;
    this.configure(options);
  }

  /** Operations that the disk has yet to do. */
  get waiting(): number {
    return this.#files?.waiting ?? 0;
  }

  /** From the next segment on another directory may be in use. */
  configure({ path }: HlsOptions): void {
    if (path === this.#path) return;
    this.#path = path;
    if (this.#files) this.#formerFiles = [...this.#formerFiles, this.#files];
    this.#files = path === '' ? undefined : new SegmentFiles(path, this.#key, this.#log, this.#surroundings);
  }

  /** Where an earlier run stopped; undefined when segments leave no trace there. */
  readResumption(): Promise<WindowResumption | undefined> | undefined {
    return this.#files?.readResumption().then((resume) => {
      this.#leftovers = resume !== undefined;
      return resume;
    });
  }

  /** Puts a segment behind those of the window, and lets go of what has left it. */
  add(window: SegmentWindow<SegmentData>, segment: FinishedSegment, options: HlsOptions): void {
    const sequence = window.nextSequence;
    const { encrypt } = options;
    const { bytes, key } = encrypt.enabled
      ? this.#keys.encrypt(segment.bytes, sequence, encrypt.rotateSegments)
      : { bytes: segment.bytes, key: undefined };
    const data: SegmentData = { bytes, file: this.#files?.fileOf(sequence), key, onDisk: false };
    const { durationMs, discontinuity, independent, startedAt: programDateTime } = segment;
    const expired = window.add({
      uri: `${sequence}.ts`,
      durationMs,
      discontinuity,
      independent,
      programDateTime,
      byteLength: bytes.length,
      data,
    });
    this.#counters.segments++;
    this.#counters.segmentBytes += bytes.length;
    if (key) this.#keys.keep(new Set(window.available.flatMap((each) => each.data.key?.id ?? [])));
    if (this.#files) this.#write(this.#files, window, sequence, bytes, durationMs, data, expired, options);
  }

  writePlaylist(build: () => string): void {
    if (this.#files) void this.#files.writePlaylist(build());
  }

  findKey(id: number): Buffer | undefined {
    return this.#keys.find(id);
  }

  /** Removes the files, if any. */
  remove(present: 'keep' | 'remove'): void {
    for (const files of this.#formerFiles) void files.removeAll();
    if (present === 'remove') void this.#files?.removeAll();
  }

  /** Resolves when the disk has everything. */
  async settled(): Promise<void> {
    await this.#files?.settled();
  }

  #write(
    files: SegmentFiles,
    window: SegmentWindow<SegmentData>,
    sequence: number,
    bytes: Buffer,
    durationMs: number,
    data: SegmentData,
    expired: readonly WindowSegment<SegmentData>[],
    { retain }: HlsOptions,
  ): void {
    void files.writeSegment(sequence, bytes).then((written) => {
      data.onDisk = written;
      if (written) this.#onFile({ path: files.fileOf(sequence), bytes: bytes.length, durationMs });
    });
    const cooled = window.find(sequence - HOT_SEGMENTS)?.data;
    if (cooled?.onDisk) cooled.bytes = undefined;
    if (expired.length > 0) void files.remove(expired.map((each) => each.sequence));
    // Players of an earlier run have had time to fetch its tail.
    const first = window.available[0]?.sequence ?? sequence;
    if (!this.#leftovers || sequence - first < retain) return;
    this.#leftovers = false;
    void files.removeBelow(first);
  }
}
