// A presentation that another worker makes: its playlists are kept up to date while viewers ask for them, its segments are
// fetched once.
//
//   new ──first snapshot──▶ followed ──nobody asks──▶ resting ──a viewer asks──▶ followed
//    └── the other worker has ended, and a third one has what it left ──▶ orphaned
//                              ├── the other worker ends ──▶ orphaned ──nobody publishes it in time──▶ over ──▶ gone
//                              └── the other worker has it no more ──▶ gone
import { Denial, Waiters, type StreamView, type WorkerNumber } from 'livego';
import { cacheBody, type CachedBody } from 'livego/http';
import type { PlaylistForm } from '../playlists/stream-playlists.ts';
import type { NumberedFile } from '../requests/url.ts';
import { bufferOf, closeWindow } from '../segments/handed-window.ts';
import { TAIL_MS } from '../segments/segment-files.ts';
import type { HlsOptions } from '../schema.ts';
import type { ServedFile, ServedPresentation } from '../served-presentation.ts';
import { KeptFiles } from './kept-files.ts';
import type { FollowedStream } from './left-behind.ts';
import type { FoundStream, LeftStream } from './left-streams.ts';
import type { RemoteQuestions } from './remote-questions.ts';
import { endPlaylist, formName, readAnswer, type FileAnswer, type Snapshot } from './snapshot.ts';

/** Numbers behind the newest known one that may exist by now. */
const NEXT_NUMBERS = 3;

/** Segments of one presentation that are kept; beyond it the oldest are fetched again when they are wanted. */
const MAX_CACHED_BYTES = 128 * 1024 * 1024;

export class RemotePresentation implements ServedPresentation {
  readonly key: string;
  readonly home: WorkerNumber;
  #questions: RemoteQuestions;
  readonly #waiters = new Waiters();
  readonly #files: KeptFiles;
  readonly #playlists = new Map<string, CachedBody>();
  #snapshot: Snapshot;
  #snapshotAt: number;
  #stream: StreamView | undefined;
  #demandedAt: number;
  #following = false;
  #state: 'followed' | 'orphaned' | 'gone' = 'followed';
  #orphanedAt = 0;

  private constructor(key: string, home: WorkerNumber, questions: RemoteQuestions, snapshot: Snapshot) {
    this.key = key;
    this.home = home;
    this.#questions = questions;
    this.#files = new KeptFiles(MAX_CACHED_BYTES, (change) => this.#questions.hold(key, change));
    this.#snapshot = snapshot;
    this.#snapshotAt = questions.now();
    this.#demandedAt = this.#snapshotAt;
  }

  /** Undefined if that worker has none. */
  static async open(
    key: string,
    home: WorkerNumber,
    questions: RemoteQuestions,
  ): Promise<RemotePresentation | undefined> {
    const snapshot = await questions.watch(home, { key, revision: undefined, demanded: true });
    if (!snapshot) return undefined;
    const opened = new RemotePresentation(key, home, questions, snapshot);
    opened.#follow();
    return opened;
  }

  /** What other workers have of one whose worker has ended. All of it is fetched at once: they may end as well. */
  static adopt(key: string, questions: RemoteQuestions, found: FoundStream): RemotePresentation {
    const { home, snapshot, leftForMs, holders } = found;
    const adopted = new RemotePresentation(key, home, questions, snapshot);
    adopted.#state = 'orphaned';
    adopted.#orphanedAt = questions.now() - leftForMs;
    for (const [number, worker] of holders)
      adopted.#files.add(number, questions.kept(worker, key, number)).catch(() => undefined);
    return adopted;
  }

  /** Another instance goes on with it. */
  askWith(questions: RemoteQuestions): void {
    this.#questions = questions;
  }

  /** The other worker has it no more, or has ended, and players have had the time to fetch the tail. */
  get gone(): boolean {
    if (this.#state !== 'orphaned') return this.#state === 'gone';
    return this.#overMs >= this.#listedMs + TAIL_MS;
  }

  /** The other worker has ended, and nobody has published the stream in time: players find the end. */
  get #over(): boolean {
    return this.orphaned && this.#overMs >= 0;
  }

  /** How long ago its publisher should have returned. */
  get #overMs(): number {
    return this.#questions.now() - this.#orphanedAt - this.options.publisherGraceSeconds * 1000;
  }

  get #listedMs(): number {
    return this.#snapshot.window?.listed.reduce((sum, { durationMs }) => sum + durationMs, 0) ?? 0;
  }

  /** The other worker has ended: players get what there is until the publisher returns. */
  get orphaned(): boolean {
    return this.#state === 'orphaned';
  }

  /** What a worker goes on with in which the stream lives from now on; undefined if there is nothing. */
  get followed(): FollowedStream | undefined {
    const { window } = this.#snapshot;
    if (!window || this.gone) return undefined;
    return { window: this.#over ? closeWindow(window) : window, files: this.#files.all };
  }

  /** For a worker that has never followed it. Nothing while its worker runs, and nothing without a playlist. */
  get left(): LeftStream | undefined {
    if (!this.orphaned || this.gone || !this.ready) return undefined;
    return {
      home: this.home,
      snapshot: this.#snapshot,
      leftForMs: this.#questions.now() - this.#orphanedAt,
      numbers: [...this.#files.all.keys()],
    };
  }

  get options(): HlsOptions {
    return this.#snapshot.options;
  }

  get stream(): StreamView | undefined {
    return this.#stream?.state === 'ended' ? undefined : this.#stream;
  }

  get ready(): boolean {
    return this.#snapshot.master !== undefined;
  }

  /** Without its worker no more segments come, as of a stream whose publisher has left and may return. */
  get ended(): boolean {
    return this.orphaned || this.gone || this.#snapshot.ended;
  }

  get refusal(): string | undefined {
    return this.#snapshot.refusal;
  }

  /** Of its segments. */
  get memoryBytes(): number {
    return this.#files.bytes;
  }

  get targetDuration(): number {
    return this.#snapshot.targetDuration;
  }

  /** Whether viewers have requested something a moment ago. */
  get wanted(): boolean {
    return this.#questions.now() - this.#demandedAt < this.options.sessionTimeoutSeconds * 1000;
  }

  /** This worker's copy of the stream, where its viewers are counted. */
  noteStream(stream: StreamView): void {
    this.#stream = stream;
  }

  demand(): void {
    this.#demandedAt = this.#questions.now();
    this.#follow();
  }

  async untilReady(limitMs: number, signal: AbortSignal): Promise<void> {
    const until = this.#questions.now() + limitMs;
    while (!this.ready && this.refusal === undefined && !this.ended && !signal.aborted) {
      const left = until - this.#questions.now();
      if (left <= 0) return;
      await this.#waiters.wait(left, signal);
    }
  }

  get reachMs(): number {
    const { live, reachMs } = this.#snapshot;
    return live && !this.orphaned ? reachMs + this.#questions.now() - this.#snapshotAt : Infinity;
  }

  async untilChange(limitMs: number, signal: AbortSignal): Promise<void> {
    await this.#waiters.wait(limitMs, signal);
  }

  playlist(form: PlaylistForm): CachedBody {
    const name = formName(form);
    const whose = this.#over ? `${name}-over` : name;
    const present = this.#playlists.get(whose);
    if (present) return present;
    const written = this.#snapshot.playlists[name]!;
    const { text, etag } = this.#over ? endPlaylist(written) : written;
    const body = cacheBody(text, etag.slice(1, -1));
    this.#playlists.set(whose, body);
    return body;
  }

  /** The master playlist with marks in place of addresses: see `mediaUriOf`. There is none unless it is `ready`. */
  get master(): string {
    return this.#snapshot.master!;
  }

  /** Whether the stream of that key is this one in another quality. */
  hasRendition(key: string): boolean {
    return this.#snapshot.renditions.includes(key);
  }

  async file(file: NumberedFile): Promise<ServedFile | Denial | undefined> {
    try {
      return file.kind === 'key' ? await this.#key(file) : readAnswer(await this.#segment(file));
    } catch (error) {
      this.#questions.failed(this.home, this.key, error);
      return new Denial('unavailable', `the worker that has ${file.kind} ${file.number} does not answer`);
    }
  }

  async #segment(file: NumberedFile): Promise<FileAnswer> {
    const kept = this.#files.find(file.number);
    if (kept) return await kept;
    const { number } = file;
    if (!this.#mayExist(number)) return undefined;
    // Its worker may have been killed before it had sent the last ones to all.
    if (this.orphaned)
      return await this.#files.seek(number, () => this.#questions.keptAnywhere(this.key, number));
    return await this.#files.add(number, this.#questions.file(this.home, { key: this.key, file }));
  }

  // A number that no playlist has named is not asked for. The next ones may be in a playlist that another worker has sent.
  #mayExist(number: number): boolean {
    const { available } = this.#snapshot;
    const last = available.at(-1);
    return (
      available.includes(number) || last === undefined || (number > last && number <= last + NEXT_NUMBERS)
    );
  }

  /** Nobody can publish it any more: players find the end of what its worker has left. */
  end(): void {
    const graceMs = this.options.publisherGraceSeconds * 1000;
    this.#orphanedAt = Math.min(this.#orphanedAt, this.#questions.now() - graceMs);
  }

  /** Forgets everything. */
  close(): void {
    this.#state = 'gone';
    this.#files.close();
    this.#waiters.wake();
  }

  #follow(): void {
    if (this.#following || this.#state !== 'followed') return;
    this.#following = true;
    this.#followUntilUnwanted()
      .catch(() => this.#orphan())
      .finally(() => (this.#following = false));
  }

  async #followUntilUnwanted(): Promise<void> {
    while (this.wanted && this.#state === 'followed') {
      const { revision } = this.#snapshot;
      const snapshot = await this.#questions.watch(this.home, { key: this.key, revision, demanded: true });
      if (this.#state !== 'followed') return;
      if (!snapshot) return this.close();
      if (snapshot.revision !== revision) this.#take(snapshot);
    }
  }

  #orphan(): void {
    if (this.#state !== 'followed') return;
    this.#state = 'orphaned';
    this.#orphanedAt = this.#questions.now();
    this.#waiters.wake();
  }

  async #key(file: NumberedFile): Promise<ServedFile | undefined> {
    const [, key] = this.#snapshot.window?.keys.find(([id]) => id === file.number) ?? [];
    if (key) return { kind: 'key', key: bufferOf(key) };
    if (this.orphaned) return undefined;
    return readAnswer(await this.#questions.file(this.home, { key: this.key, file }));
  }

  // Viewers that ask for playlists ask for what is new in them. What has been fetched is not lost with the other worker.
  #fetchNew(before: number): void {
    for (const number of this.#snapshot.available)
      if (number > before) void this.file({ kind: 'segment', number });
  }

  #take(snapshot: Snapshot): void {
    const last = this.#snapshot.available.at(-1);
    this.#snapshot = snapshot;
    this.#snapshotAt = this.#questions.now();
    this.#playlists.clear();
    this.#files.retain(new Set(snapshot.available));
    this.#fetchNew(last ?? -1);
    this.#waiters.wake();
  }
}
