// Recording of one application: which of its streams are recorded.
import {
  Denial,
  LimitedLog,
  matchesServername,
  type AppContext,
  type EndCause,
  type FileFacts,
  type SessionView,
  type StopCause,
  type StreamView,
} from 'livego';
import { FileNames } from './file-names.ts';
import type { RecordOptions } from './schema.ts';
import type { RecordedApplication, RecordState } from './state.ts';
import { StoredFiles } from './stored-files.ts';
import { StreamRecording, type RecordingOwner } from './stream-recording.ts';

/** A minute. */
const MAX_WARNINGS = 60;

/** What a successor continues. */
export interface RecordHandover {
  readonly recordings: Map<StreamView, StreamRecording>;
  readonly commanded: Map<StreamView, Commanded>;
}

type Commanded = 'start' | 'stop';

/** What the commands answer. */
export interface RecordingAnswer {
  readonly app: string;
  readonly name: string;
  readonly recording: boolean;
}

export class RecordApplication implements RecordingOwner, RecordedApplication {
  readonly options: RecordOptions;
  readonly state: RecordState;
  readonly servername: string;
  readonly log: AppContext['log'];
  readonly peerLog: AppContext['log'];
  readonly slow: LimitedLog;
  readonly now: AppContext['now'];
  readonly fileEnd: RecordingOwner['fileEnd'];
  readonly hold: AppContext['holdMemory'];
  readonly names: FileNames;
  readonly #context: AppContext;
  readonly #files: StoredFiles;
  #recordings = new Map<StreamView, StreamRecording>();
  /** Commands hold until their stream ends. */
  #commanded = new Map<StreamView, Commanded>();
  readonly #detach = new Map<StreamView, () => void>();
  /** Recordings that have ended and are being completed. */
  readonly #finishing = new Set<Promise<void>>();

  constructor(context: AppContext, options: RecordOptions, state: RecordState) {
    this.options = options;
    this.state = state;
    this.servername = context.servername;
    this.log = context.log;
    this.peerLog = context.peerLog;
    this.slow = new LimitedLog(context.log, () => context.now(), MAX_WARNINGS);
    this.now = () => context.now();
    this.hold = (key, bytes) => context.holdMemory(key, bytes);
    this.#context = context;
    this.names = new FileNames(options, context.servername);
    this.#files = new StoredFiles(this);
    this.fileEnd = (file) => {
      if (options.md5) void this.#track(this.#announceWithSum(file));
      else this.#announce(file);
    };
  }

  /** From now on the instance is the one that looks after the application's files. */
  activate(): void {
    this.state.applications.add(this);
    // By then every application of the config is active.
    setImmediate(() => this.state.drafts?.sweepSoon());
  }

  sweep(): void {
    this.#files.sweepSoon();
  }

  tick(now: number): void {
    for (const recording of this.#recordings.values()) recording.tick(now);
    this.#files.tick(now);
  }

  pathFor({ app, name }: StreamView, startedAt: Date): string {
    return this.names.pathFor(app, name, startedAt);
  }

  isCommanded(stream: StreamView): boolean {
    return this.#commanded.get(stream) === 'start';
  }

  streamStart(stream: StreamView): void {
    const taken = this.#recordings.get(stream);
    if (!this.#wants(stream)) return void this.#finish(stream);
    if (taken) taken.moveTo(this);
    this.#attach(stream, taken ?? new StreamRecording(stream, this), taken ? 'live' : 'gop');
  }

  publishStart({ id }: SessionView, stream: StreamView): void {
    this.#recordings.get(stream)?.publishStart(id);
  }

  publishStop(stream: StreamView, { code }: EndCause): void {
    this.#recordings.get(stream)?.publishStop(code === 'replaced');
  }

  streamStop(stream: StreamView): void {
    this.#commanded.delete(stream);
    void this.#finish(stream);
  }

  /** Records a stream that is live, from its newest keyframe on. */
  start(app: string, name: string): RecordingAnswer {
    const stream = this.#find(app, name);
    this.#commanded.set(stream, 'start');
    if (!this.#recordings.has(stream)) this.#attach(stream, new StreamRecording(stream, this), 'gop');
    return { app, name, recording: true };
  }

  /** Completes the file of a stream. It is not recorded again until it is told to, or begins anew. */
  async stop(app: string, name: string): Promise<RecordingAnswer> {
    const stream = this.#find(app, name);
    this.#commanded.set(stream, 'stop');
    await this.#finish(stream);
    return { app, name, recording: false };
  }

  /** Gives away what is being recorded. */
  give(): RecordHandover {
    const given = { recordings: this.#recordings, commanded: this.#commanded };
    this.#recordings = new Map();
    this.#commanded = new Map();
    return given;
  }

  take({ recordings, commanded }: RecordHandover): void {
    this.#recordings = recordings;
    this.#commanded = commanded;
    for (const recording of recordings.values()) recording.moveTo(this);
  }

  /** Completes every file. */
  async close(cause: StopCause): Promise<void> {
    this.state.applications.delete(this);
    if (cause === 'rejected') return;
    for (const stream of [...this.#recordings.keys()]) void this.#finish(stream);
    await Promise.all([...this.#finishing, this.#files.stop()]);
    // Files that were completed in the meantime may still wait for their sums.
    await Promise.all(this.#finishing);
  }

  #wants(stream: StreamView): boolean {
    const commanded = this.#commanded.get(stream);
    if (commanded) return commanded === 'start';
    return this.options.only.some((pattern) => matchesServername(pattern, stream.name));
  }

  #attach(stream: StreamView, recording: StreamRecording, from: 'gop' | 'live'): void {
    this.#recordings.set(stream, recording);
    this.#detach.set(stream, this.#context.attach(stream, recording, { from }));
  }

  async #finish(stream: StreamView): Promise<void> {
    const recording = this.#recordings.get(stream);
    if (!recording) return;
    this.#recordings.delete(stream);
    this.#detach.get(stream)?.();
    this.#detach.delete(stream);
    await this.#track(recording.finish());
  }

  #track(work: Promise<void>): Promise<void> {
    const done = work.finally(() => this.#finishing.delete(done));
    this.#finishing.add(done);
    return done;
  }

  /** In the order in which the files were finished: one sum is computed after another. */
  async #announceWithSum(file: FileFacts): Promise<void> {
    const md5 = await this.state.md5.sum(file.path);
    this.#announce({ ...file, md5 });
  }

  #announce(file: FileFacts): void {
    this.#context.fileEnd(file);
    this.state.drafts?.sweepSoon();
  }

  #find(app: string, name: string): StreamView {
    const stream = this.#context.streams().find((each) => each.app === app && each.name === name);
    if (stream) return stream;
    throw new Denial('not-found', `nobody publishes ${app}/${name}`);
  }
}
