// Loads a server's config, follows its files, and queues reloads: one after the other, and only the newest that waits.
import type { ConfigSource, LoadResult, ResolvedConfig } from '../config.ts';
import { livegoError } from '../errors.ts';
import { FollowedFiles, type WatchFiles } from './followed-files.ts';
import type { Logger } from '../log/log.ts';
import type { WatchOptions } from '../options/options.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';

export interface ConfigFollowerSettings<Config> {
  readonly source: ConfigSource<Config>;
  readonly log: Logger;
  /** Makes a watcher; without it the files are not followed. */
  readonly watch: WatchFiles | undefined;
  /** The certificates of the current config. */
  certificates(): readonly string[];
  /** Those of the current config, for a load that has faults. */
  watchOptions(): WatchOptions | undefined;
  /** Applies what was loaded, or rejects it. */
  apply(loaded: LoadResult<Config>, reason: string): Promise<ReloadReport>;
}

/** Upper bound of the loads for one reload. A file may name further files; files that are followed report later edits. */
const MAX_LOADS = 5;

interface ReloadRequest {
  readonly reason: string;
  /** Instead of the file's. Without it and without `filesChanged` the file is loaded, whatever a plugin has applied. */
  readonly text?: string | undefined;
  /** Files have changed. If the config's own is among them, it counts, and otherwise the text that was to be applied. */
  readonly filesChanged?: boolean;
}

interface Applied {
  /** Of a plugin, instead of the file's. */
  readonly text: string | undefined;
  /** What the config's file held then. A text of a plugin stays until it holds something else. */
  readonly file: string | undefined;
}

type State = 'new' | 'running' | 'stopped';

export class ConfigFollower<Config extends Pick<ResolvedConfig, 'server'>> {
  readonly #settings: ConfigFollowerSettings<Config>;
  readonly #files: FollowedFiles;
  #reloading: Promise<unknown> = Promise.resolve();
  /** What the next reload applies: a text, or the file. */
  #wanted: ReloadRequest = { reason: 'start' };
  /** What is applied. */
  #applied: Applied = { text: undefined, file: undefined };
  /** What the config's file held at the beginning of the last reload, also of one that was rejected. */
  #lastFile: string | undefined;
  #queued: Promise<ReloadReport> | undefined;
  #state: State = 'new';

  constructor(settings: ConfigFollowerSettings<Config>) {
    const { log, watch } = settings;
    this.#settings = settings;
    this.#files = new FollowedFiles(
      log,
      watch,
      () => settings.certificates(),
      (file) => this.#fileChanged(file),
    );
  }

  get state(): State {
    return this.#state;
  }

  /** Loads and applies the first config by `start`. Reloads wait for it. */
  start(start: (loaded: LoadResult<Config>) => Promise<void>): Promise<void> {
    if (this.#state !== 'new')
      return Promise.reject(livegoError('LVG_SERVER_STATE', 'startedBefore', { state: this.#state }));
    this.#state = 'running';
    const started = this.#start(start);
    this.#reloading = started.catch(() => {});
    return started;
  }

  // Of what is asked for during a reload only the newest is applied. A changed file asks for nothing of its own: whatever
  // waits reads the files as they are by then, and an operator's reload stays one of the file.
  request(request: ReloadRequest): Promise<ReloadReport> {
    const waits = this.#queued !== undefined;
    if (!waits || !request.filesChanged) this.#wanted = request;
    else if (this.#wanted.text !== undefined) this.#wanted = { ...this.#wanted, filesChanged: true };
    this.#queued ??= this.#enqueue(() => {
      this.#queued = undefined;
      return this.#reload(this.#wanted);
    });
    return this.#queued;
  }

  followCertificates(files: readonly string[]): void {
    this.#files.followCertificates(files);
  }

  /** No file is followed and no config is applied any more. Tells whether it had been started. */
  async stop(): Promise<boolean> {
    const state = this.#state;
    this.#state = 'stopped';
    await this.#files.close();
    return state === 'running';
  }

  async #start(start: (loaded: LoadResult<Config>) => Promise<void>): Promise<void> {
    try {
      this.#lastFile = await this.#readFile();
      this.#applied = { text: undefined, file: this.#lastFile };
      await start(await this.#load());
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #enqueue(work: () => Promise<ReloadReport>): Promise<ReloadReport> {
    const done = this.#reloading.then(work);
    this.#reloading = done.catch(() => {});
    return done;
  }

  async #reload(request: ReloadRequest): Promise<ReloadReport> {
    if (this.#state !== 'running')
      throw livegoError('LVG_SERVER_STATE', 'notRunning', { state: this.#state });
    const file = await this.#readFile();
    const text = this.#textFor(request, file);
    this.#lastFile = file;
    const loaded = await this.#load(text);
    for (const warning of loaded.warnings) this.#settings.log.warn(warning);
    const report = await this.#settings.apply(loaded, request.reason);
    if (report.outcome !== 'rejected') this.#applied = { text, file };
    return report;
  }

  // Asked when the reloads before are over: what a plugin applies stays when a certificate or a plugin's file changes, and
  // when a rejected text is taken out of the config's file again. A saved text that was rejected is tried again.
  #textFor({ text, filesChanged }: ReloadRequest, file: string | undefined): string | undefined {
    if (!filesChanged) return text;
    const isSaved = file !== this.#applied.file;
    if (text === undefined) return isSaved ? undefined : this.#applied.text;
    return isSaved && file !== this.#lastFile ? undefined : text;
  }

  // A file may change before it is watched, so new files are read twice.
  async #load(text?: string): Promise<LoadResult<Config>> {
    const { source } = this.#settings;
    for (let time = 1; ; time++) {
      const loaded = await source.load(text);
      const running = this.#state === 'running';
      const watch = loaded.ok ? loaded.config.server.watch : this.#settings.watchOptions();
      if (!running || !this.#files.follow(loaded, watch) || time === MAX_LOADS) return loaded;
    }
  }

  #fileChanged(file: string): void {
    if (this.#state !== 'running') return;
    this.request({ reason: `${file} changed`, filesChanged: true }).catch((error: unknown) => {
      if (this.#state === 'running') this.#settings.log.error({ err: error }, 'the reload failed');
    });
  }

  async #readFile(): Promise<string | undefined> {
    return await this.#settings.source.read?.().catch(() => undefined);
  }
}
