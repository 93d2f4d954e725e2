// The files that a running server follows: the config, custom plugins with their imports, certificates.
import type { LoadResult } from '../config.ts';
import type { Logger } from '../log/log.ts';
import type { WatchOptions } from '../options/options.ts';

/** Calls back when the contents of its files have changed. */
export interface FileWatcher {
  update(files: readonly string[]): void;
  close(): Promise<void>;
}

/** Makes a watcher. */
export type WatchFiles = (
  files: readonly string[],
  options: { readonly poll: boolean; readonly settleMs: number },
  onChange: (event: 'changed' | 'vanished', file: string) => void,
) => FileWatcher;

export class FollowedFiles {
  readonly #log: Logger;
  readonly #watch: WatchFiles | undefined;
  readonly #onChange: (file: string) => void;
  #watcher: FileWatcher | undefined;
  /** The options of the present watcher, as JSON. */
  #watchOptions = '';
  #loaded: readonly string[] = [];
  #certificates: readonly string[] = [];
  /** The certificates of the current config: they stay in use when another config is rejected. */
  #currentCertificates: () => readonly string[];

  /** @param watch - undefined: files are not followed */
  constructor(
    log: Logger,
    watch: WatchFiles | undefined,
    currentCertificates: () => readonly string[],
    onChange: (file: string) => void,
  ) {
    this.#log = log;
    this.#watch = watch;
    this.#currentCertificates = currentCertificates;
    this.#onChange = onChange;
  }

  /**
   * Follows the files of a load, also of a load with faults. Tells whether some of them were not followed until now: they
   * may have changed since they were read.
   */
  follow(loaded: Pick<LoadResult, 'files'>, options: WatchOptions | undefined): boolean {
    if (!this.#watch || !options) return false;
    const key = JSON.stringify(options);
    if (key !== this.#watchOptions) {
      this.close().catch((error: unknown) => this.#log.error({ err: error }, 'a watcher failed to close'));
      this.#watchOptions = key;
    }
    if (!options.enabled) return false;
    const known = new Set(this.#watcher ? this.#loaded : []);
    this.#loaded = loaded.files;
    if (this.#watcher) this.#watcher.update(this.#files);
    else this.#watcher = this.#watch(this.#files, options, (event, file) => this.#event(event, file));
    return loaded.files.some((file) => !known.has(file));
  }

  followCertificates(files: readonly string[]): void {
    this.#certificates = files;
    this.#watcher?.update(this.#files);
  }

  async close(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    await watcher?.close();
  }

  get #files(): string[] {
    return [...new Set([...this.#loaded, ...this.#certificates, ...this.#currentCertificates()])];
  }

  #event(event: 'changed' | 'vanished', file: string): void {
    if (event === 'changed') this.#onChange(file);
    else this.#log.warn(`${file} has vanished; the current config stays`);
  }
}
