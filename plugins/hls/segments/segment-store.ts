// The segments of a stream: their numbers, and where their bytes are, in memory, or in files with the newest in memory
// too; encrypted or not.
import type { FinishedFile } from '../../../core/plugin/hooks.ts';
import type { Logger } from '../../../core/log.ts';
import { SegmentWindow, type WindowResumption, type WindowSegment } from '../../../core/media/hls/index.ts';
import { SegmentKeys, type SegmentKey } from './segment-keys.ts';
import type { HlsOptions } from '../schema.ts';
import { SegmentFiles, type FileSystemAccess } from './segment-files.ts';
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

/** An earlier run's numbers are waited for no longer than this. */
const RESUME_LIMIT_MS = 3000;

export interface SegmentStoreOptions {
  readonly counters: HlsCounters;
  readonly files: FileSystemAccess;
  /** Where segments of the same name stopped that are no longer there. */
  readonly resume: WindowResumption | undefined;
  /** Wall clock, in milliseconds. */
  now(): number;
  /** The numbers of an earlier run are known, or were waited for in vain: `window` is there from now on. */
  onOpen(): void;
  /** A segment is a complete file. */
  onFile(file: Pick<FinishedFile, 'path' | 'bytes' | 'durationMs'>): void;
}

export class SegmentStore {
  readonly #key: string;
  readonly #log: Logger;
  readonly #surroundings: SegmentStoreOptions;
  readonly #keys = new SegmentKeys();
  #options: HlsOptions;
  /** Undefined until the numbers of an earlier run are known. */
  #window: SegmentWindow<SegmentData> | undefined;
  /** Finished before that. */
  #early: FinishedSegment[] = [];
  /** Wall clock at which the newest segment got complete. */
  #grownAt = 0;
  #state: 'open' | 'ended' | 'removed' = 'open';
  #path = '';
  #files: SegmentFiles | undefined;
  #formerFiles: readonly SegmentFiles[] = [];
  /** An earlier run has left segments. */
  #leftovers = false;

  constructor(key: string, options: HlsOptions, log: Logger, surroundings: SegmentStoreOptions) {
    this.#key = key;
    this.#options = options;
    this.#log = log;
    this.#surroundings = surroundings;
    this.configure(options);
    const { resume } = surroundings;
    const earlier = resume ? undefined : this.#files?.readResumption();
    if (earlier) this.#openAfter(earlier);
    else this.#open(resume);
  }

  /** The segments with their numbers; undefined until those of an earlier run are known. */
  get window(): SegmentWindow<SegmentData> | undefined {
    return this.#window;
  }

  /** Bytes of segments in memory. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const { data } of this.#window?.available ?? []) bytes += data.bytes?.length ?? 0;
    return bytes;
  }

  /** Operations that the disk has yet to do. */
  get waiting(): number {
    return this.#files?.waiting ?? 0;
  }

  /** How far behind the stream, in milliseconds, a player is that begins with the first segment in the playlist. */
  get reachMs(): number {
    const listed = this.#window?.segments.reduce((sum, { durationMs }) => sum + durationMs, 0) ?? 0;
    return listed + Math.max(0, this.#surroundings.now() - this.#grownAt);
  }

  /** From the next segment on other options hold: another directory, other limits. */
  configure(options: HlsOptions): void {
    this.#options = options;
    this.#window?.configure(windowOptions(options));
    const { path } = options;
    if (path === this.#path) return;
    this.#path = path;
    if (this.#files) this.#formerFiles = [...this.#formerFiles, this.#files];
    const { files } = this.#surroundings;
    this.#files = path === '' ? undefined : new SegmentFiles(path, this.#key, this.#log, files);
  }

  /** Puts a segment behind the others, and lets go of what is no longer available. */
  add(segment: FinishedSegment): void {
    this.#grownAt = this.#surroundings.now();
    if (this.#window) this.#addTo(this.#window, segment);
    else this.#early.push(segment);
  }

  /** What follows has nothing to do with the playlist so far. */
  clear(): void {
    this.#state = 'open';
    this.#window?.clear();
  }

  /** No segment follows. */
  end(): void {
    this.#state = 'ended';
    this.#window?.end();
  }

  writePlaylist(build: () => string): void {
    if (this.#files) void this.#files.writePlaylist(build());
  }

  findKey(id: number): Buffer | undefined {
    return this.#keys.find(id);
  }

  /** The end of its time: removes the files, if any. */
  remove(present: 'keep' | 'remove'): void {
    this.#state = 'removed';
    for (const files of this.#formerFiles) void files.removeAll();
    if (present === 'remove') void this.#files?.removeAll();
  }

  /** Resolves when the disk has everything. */
  async settled(): Promise<void> {
    await this.#files?.settled();
  }

  #openAfter(earlier: Promise<WindowResumption | undefined>): void {
    const timer = setTimeout(() => open(undefined), RESUME_LIMIT_MS);
    const open = (resume: WindowResumption | undefined): void => {
      clearTimeout(timer);
      this.#leftovers = resume !== undefined;
      if (this.#window || this.#state === 'removed') return;
      this.#open(resume);
      this.#surroundings.onOpen();
    };
    void earlier.then(open);
  }

  #open(resume: WindowResumption | undefined): void {
    // The clock begins the numbers: those of an earlier run of the server are lower, so that no cache and no player
    // ever takes a new segment for an old one.
    const numbers = resume ? { resume } : { firstSequence: Math.floor(this.#surroundings.now() / 1000) };
    const window = (this.#window = new SegmentWindow({ ...windowOptions(this.#options), ...numbers }));
    const early = this.#early;
    this.#early = [];
    for (const segment of early) this.#addTo(window, segment);
    if (this.#state === 'ended') window.end();
  }

  #addTo(window: SegmentWindow<SegmentData>, segment: FinishedSegment): void {
    const sequence = window.nextSequence;
    const { encrypt } = this.#options;
    const { bytes, key } = encrypt.enabled
      ? this.#keys.encrypt(segment.bytes, sequence, encrypt.rotateSegments)
      : { bytes: segment.bytes, key: undefined };
    const data: SegmentData = { bytes, file: this.#files?.fileOf(sequence), key, onDisk: false };
    const { durationMs, discontinuity, independent, startedAt: programDateTime } = segment;
    const added = { uri: `${sequence}.ts`, durationMs, discontinuity, independent, programDateTime, data };
    const expired = window.add({ ...added, byteLength: bytes.length });
    const { counters } = this.#surroundings;
    counters.segments++;
    counters.segmentBytes += bytes.length;
    if (key) this.#keys.keep(new Set(window.available.flatMap((each) => each.data.key?.id ?? [])));
    if (this.#files) this.#write(this.#files, window, sequence, bytes, durationMs, data, expired);
  }

  #write(
    files: SegmentFiles,
    window: SegmentWindow<SegmentData>,
    sequence: number,
    bytes: Buffer,
    durationMs: number,
    data: SegmentData,
    expired: readonly WindowSegment<SegmentData>[],
  ): void {
    void files.writeSegment(sequence, bytes).then((written) => {
      data.onDisk = written;
      if (written)
        this.#surroundings.onFile({ path: files.fileOf(sequence), bytes: bytes.length, durationMs });
    });
    const cooled = window.find(sequence - HOT_SEGMENTS)?.data;
    if (cooled?.onDisk) cooled.bytes = undefined;
    if (expired.length > 0) void files.remove(expired.map((each) => each.sequence));
    // Players of an earlier run have had time to fetch its tail.
    const first = window.available[0]?.sequence ?? sequence;
    if (!this.#leftovers || sequence - first < this.#options.retain) return;
    this.#leftovers = false;
    void files.removeBelow(first);
  }
}

function windowOptions({ window, retain, segmentSeconds }: HlsOptions): {
  size: number;
  retain: number;
  segmentSeconds: number;
} {
  return { size: window, retain, segmentSeconds };
}
