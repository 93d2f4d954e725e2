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
  /** Instead of the file's. */
  readonly text?: string | undefined;
}

type State = 'new' | 'running' | 'stopped';

export class ConfigFollower<Config extends Pick<ResolvedConfig, 'server'>> {
  readonly #settings: ConfigFollowerSettings<Config>;
  readonly #files: FollowedFiles;
  #reloading: Promise<unknown> = Promise.resolve();
  /** What the next reload applies: a text, or the file. */
  #wanted: ReloadRequest = { reason: 'start' };
  /** A text that a plugin has applied instead of the file's, and what the file held then. */
  #override: { readonly text: string; readonly fileText: string | undefined } | undefined;
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

  // Of what is asked for during a reload only the newest is applied.
  request(request: ReloadRequest): Promise<ReloadReport> {
    this.#wanted = request;
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

  async #reload({ reason, text }: ReloadRequest): Promise<ReloadReport> {
    if (this.#state !== 'running')
      throw livegoError('LVG_SERVER_STATE', 'notRunning', { state: this.#state });
    const loaded = await this.#load(text);
    for (const warning of loaded.warnings) this.#settings.log.warn(warning);
    const report = await this.#settings.apply(loaded, reason);
    if (report.outcome !== 'rejected')
      this.#override = text === undefined ? undefined : { text, fileText: await this.#readFile() };
    return report;
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
    this.#reloadFor(file).catch((error: unknown) => {
      if (this.#state === 'running') this.#settings.log.error({ err: error }, 'the reload failed');
    });
  }

  // A certificate or a plugin's file has changed, or the config's file. Only that one ends what a plugin has applied.
  async #reloadFor(file: string): Promise<ReloadReport> {
    const override = this.#override;
    const isCurrent = override !== undefined && (await this.#readFile()) === override.fileText;
    return await this.request({ reason: `${file} changed`, text: isCurrent ? override.text : undefined });
  }

  async #readFile(): Promise<string | undefined> {
    return await this.#settings.source.read?.().catch(() => undefined);
  }
}
