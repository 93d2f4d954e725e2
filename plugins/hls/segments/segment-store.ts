// The segments of a stream: their numbers, and where their bytes are, in memory, or in files with the newest in memory
// too; encrypted or not.
import { Denial, type Logger } from 'livego';
import { HeldBytes, SegmentWindow, type WindowResumption } from 'livego/media';
import type { NumberedFile } from '../requests/url.ts';
import type { HlsOptions } from '../schema.ts';
import type { ServedFile } from '../served-presentation.ts';
import {
  bufferOf,
  describeWindow,
  handOver,
  hasSegments,
  newestOf,
  takeOver,
  type HandedWindow,
  type KnownWindow,
} from './handed-window.ts';
import type { SegmentFiles } from './segment-files.ts';
import { SegmentKeys } from './segment-keys.ts';
import {
  graceMsOf,
  windowOptions,
  type PublishedSegment,
  type SegmentStoreOptions,
} from './store-options.ts';
import { StoreDirectory } from './store-directory.ts';
import { StoredSegment } from './stored-segment.ts';

/** Newest segments that stay in memory when they are in files as well: nearly all requests are for these. */
const HOT_SEGMENTS = 3;

/** An earlier run's numbers are waited for no longer than this. */
const RESUME_LIMIT_MS = 10_000;

type Window = SegmentWindow<StoredSegment>;

/** What an earlier run has left in the directory, and what another worker gives away. */
type Earlier = readonly [
  stale: WindowResumption | HandedWindow | undefined,
  handed: HandedWindow | undefined,
];

const NOTHING: Earlier = [undefined, undefined];

export class SegmentStore {
  readonly #key: string;
  readonly #log: Logger;
  readonly #settings: SegmentStoreOptions;
  readonly #keys = new SegmentKeys();
  #options: HlsOptions;
  /** Undefined until the numbers of an earlier run are known. */
  #window: Window | undefined;
  /** Finished before that. */
  #early: PublishedSegment[] = [];
  /** When the newest segment got complete. */
  #grownAt = 0;
  #state: 'open' | 'ended' | 'removed' = 'open';
  /** An earlier run has left segments below this number in the directory. */
  #staleBelow: number | undefined;
  readonly #held: HeldBytes;
  readonly #directory: StoreDirectory;
  #openBytes = 0;
  #toldShortage = false;
  #earlierDiscontinuities: number;

  constructor(key: string, options: HlsOptions, log: Logger, settings: SegmentStoreOptions) {
    this.#key = key;
    this.#options = options;
    this.#log = log;
    this.#settings = settings;
    this.#earlierDiscontinuities = settings.earlierDiscontinuities;
    this.#held = new HeldBytes((change) => settings.hold(change));
    this.#directory = new StoreDirectory(key, log, settings.files);
    this.configure(options);
    const { resume, resumeElsewhere } = settings;
    // Also if it was made here before: the worker that had it since then may have been killed.
    const stale = this.#directory.files?.readEarlier(graceMsOf(options));
    if (stale || resumeElsewhere) this.#openAfter(Promise.all([stale, resumeElsewhere]), resume);
    else this.#open(resume);
  }

  /** The segments with their numbers; undefined until those of an earlier run are known. */
  get window(): Window | undefined {
    return this.#window;
  }

  /**
   * What players of an earlier run of the server are to add to the discontinuity sequence. 0 where the window goes on from
   * that run: then the break is in it, and segments that they know keep their sequence.
   */
  get earlierDiscontinuities(): number {
    return this.#earlierDiscontinuities;
  }

  /** The point at which a later store of the same name must continue. */
  get resumption(): WindowResumption | undefined {
    return this.#window?.resumption;
  }

  /** For the worker in which the stream lives now. */
  handOver(playlist: 'continues' | 'is-over'): HandedWindow | undefined {
    return this.#window && { ...handOver(this.#window, this.#keys, playlist), ...this.#added };
  }

  /** For a worker that is to go on if this one ends. */
  describe(playlist: 'continues' | 'is-over'): KnownWindow | undefined {
    return this.#window && { ...describeWindow(this.#window, this.#keys, playlist), ...this.#added };
  }

  get #added(): Pick<KnownWindow, 'earlierDiscontinuities'> {
    return { earlierDiscontinuities: this.#earlierDiscontinuities };
  }

  get memoryBytes(): number {
    return this.#window?.available.reduce((sum, { data }) => sum + data.memoryBytes, 0) ?? 0;
  }

  /** Operations that the disk has yet to do. */
  get pendingOperations(): number {
    return this.#directory.files?.pendingOperations ?? 0;
  }

  /** Duration of the segments in the playlist. */
  get listedMs(): number {
    return this.#window?.segments.reduce((sum, { durationMs }) => sum + durationMs, 0) ?? 0;
  }

  /** How far behind the stream, in milliseconds, a player is that starts with the first segment in the playlist. */
  get reachMs(): number {
    return this.listedMs + Math.max(0, this.#settings.now() - this.#grownAt);
  }

  /** Other options hold from the next segment on: another directory, other limits. */
  configure(options: HlsOptions): void {
    this.#options = options;
    this.#window?.configure(windowOptions(options));
    this.#directory.use(options.path);
  }

  /** The segment under construction has so many bytes. */
  holdOpen(bytes: number): void {
    this.#openBytes = bytes;
    if (this.#window && this.#state !== 'removed') this.#bound(this.#window);
  }

  /** Puts a segment behind the others, and drops what is no longer available. */
  add(segment: PublishedSegment): void {
    this.#grownAt = this.#settings.now();
    if (this.#window) this.#addTo(this.#window, segment);
    else this.#early.push(segment);
  }

  /** The next segments have nothing to do with the playlist so far. */
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
    if (this.#directory.files) void this.#directory.files.writePlaylist(build());
  }

  /** @param nonce - distinguishes the tags of this run of the server from those of others */
  findFile({ kind, number }: NumberedFile, nonce: string): ServedFile | Denial | undefined {
    if (!this.#window) return new Denial('unavailable', 'it is not known yet which segments there are');
    if (kind === 'key') {
      const key = this.#keys.find(number);
      return key && { kind, key };
    }
    const segment = this.#window.find(number);
    if (!segment || segment.gap) return undefined;
    const { data, byteLength } = segment;
    const etag = `"${number}-${byteLength.toString(36)}-${nonce}"`;
    return { kind, source: data.source, etag, encrypted: data.key !== undefined };
  }

  /** Nothing is added any more. Removes the files, if there are any. */
  remove(present: 'keep' | 'remove'): void {
    this.#state = 'removed';
    this.#held.set(0);
    this.#directory.remove(present);
  }

  /** Resolves when the disk has everything. */
  async settled(): Promise<void> {
    await this.#directory.files?.settled();
  }

  #openAfter(earlier: Promise<Earlier>, own: WindowResumption | undefined): void {
    const timer = setTimeout(() => open(NOTHING), RESUME_LIMIT_MS);
    const open = ([stale, handed]: Earlier): void => {
      clearTimeout(timer);
      if (this.#window || this.#state === 'removed') return;
      const newest = newestOf([handed, own, stale]);
      if (stale) this.#staleBelow = newest?.nextSequence;
      // If nobody has its last segments, a worker that was killed may have counted on.
      const mayBeBehind = this.#settings.resumeElsewhere && !stale && !hasSegments(newest);
      this.#open(newest, mayBeBehind ? this.#settings.firstSequence : 0);
      this.#settings.onOpen();
    };
    void earlier.then(open, () => open(NOTHING));
  }

  /** @param atLeast - the first number, if it is higher than the next one of `resume` */
  #open(resume: WindowResumption | HandedWindow | undefined, atLeast = 0): void {
    const handed = resume && 'listed' in resume ? resume : undefined;
    const { firstSequence } = this.#settings;
    const numbers = resume ? { resume, firstSequence: atLeast } : { firstSequence };
    const kept = handed && { kept: takeOver(handed) };
    if (handed) {
      this.#earlierDiscontinuities = handed.earlierDiscontinuities ?? 0;
      this.#keys.take(handed.keys.map(([id, bytes]) => [id, bufferOf(bytes)]));
      this.#grownAt = this.#settings.now();
    }
    const window = (this.#window = new SegmentWindow<StoredSegment>({
      ...windowOptions(this.#options),
      ...numbers,
      ...kept,
    }));
    this.#account();
    const early = this.#early;
    this.#early = [];
    for (const segment of early) this.#addTo(window, segment);
    if (this.#state === 'ended') window.end();
  }

  #addTo(window: Window, segment: PublishedSegment): void {
    const sequence = window.nextSequence;
    const { encrypt } = this.#options;
    const { bytes, key } = encrypt.enabled
      ? this.#keys.encrypt(segment.bytes, sequence, encrypt.rotateSegments)
      : { bytes: segment.bytes, key: undefined };
    const data = new StoredSegment({ bytes }, key);
    const { durationMs, discontinuity, independent, startedAt: programDateTime } = segment;
    const added = { uri: `${sequence}.ts`, durationMs, discontinuity, independent, programDateTime, data };
    const expired = window.add({ ...added, byteLength: bytes.length });
    this.#settings.counters.count('segments');
    this.#settings.counters.count('segmentBytes', bytes.length);
    if (key) this.#keys.keep(new Set(window.available.flatMap((each) => each.data.key?.id ?? [])));
    if (!this.#directory.files) return this.#bound(window);
    void this.#writeFile(this.#directory.files, sequence, data, { ...segment, bytes });
    window.find(sequence - HOT_SEGMENTS)?.data.leaveMemory();
    if (expired.length > 0) void this.#directory.files.remove(expired.map((each) => each.sequence));
    this.#removeStale(this.#directory.files, window);
    this.#bound(window);
  }

  /** Gives up the oldest segments if there is too little memory for all. */
  #bound(window: Window): void {
    let excess = this.#account();
    if (excess <= 0) return;
    const dropped: number[] = [];
    for (let oldest = window.dropOldest(); oldest; oldest = excess > 0 ? window.dropOldest() : undefined) {
      excess -= oldest.data.memoryBytes;
      dropped.push(oldest.sequence);
    }
    this.#account();
    if (dropped.length > 0) void this.#directory.files?.remove(dropped);
    if (this.#toldShortage) return;
    this.#toldShortage = true;
    const message = 'HLS keeps fewer segments: its memory is used up (maxStreamBytes, maxMediaBytes)';
    this.#log.warn({ stream: this.#key }, message);
  }

  #account(): number {
    return this.#held.set(this.memoryBytes + this.#openBytes);
  }

  async #writeFile(
    files: SegmentFiles,
    sequence: number,
    stored: StoredSegment,
    { bytes, durationMs, startedAt, session }: PublishedSegment,
  ): Promise<void> {
    const written = await files.writeSegment(sequence, bytes);
    if (!written) return;
    const path = files.fileOf(sequence);
    stored.noteFile(path, bytes.length);
    const endedAt = new Date(startedAt.getTime() + durationMs);
    const facts = { kind: 'segment', session, path, bytes: bytes.length, durationMs, startedAt, endedAt };
    this.#settings.onFile(facts);
  }

  // Players of an earlier run have had time to fetch its tail when as many segments as are retained have followed.
  #removeStale(files: SegmentFiles, { available, nextSequence }: Window): void {
    const first = available[0]?.sequence;
    if (this.#staleBelow === undefined || first === undefined) return;
    if (nextSequence - 1 - this.#staleBelow < this.#options.retainedSegments) return;
    this.#staleBelow = undefined;
    void files.removeBelow(first);
  }
}
