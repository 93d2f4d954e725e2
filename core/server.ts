// The public entry: a server that loads its config, runs it, follows it, and shuts down in order.
import type { ConfigSource, LoadResult } from './config.ts';
import inject, { type InjectOptions, type Response } from 'light-my-request';
import { LivegoError } from './errors.ts';
import { formatFault } from './config-fault.ts';
import type { Figures } from './plugin/hooks.ts';
import { Kernel, type ServedAddress } from './kernel/kernel.ts';
import { createLogger, type Logger } from './log.ts';
import { formatAddress } from './net/address.ts';
import { describeReport, type ReloadReport } from './kernel/describe-report.ts';
import type { EndCause } from './session/session.ts';
import type { Stream } from './stream/stream.ts';

/** Follows files and calls back when their contents have changed. */
export interface FileWatcher {
  update(files: readonly string[]): void;
  close(): Promise<void>;
}

export interface ServerSettings {
  readonly source: ConfigSource;
  readonly log?: Logger;
  /** Makes a watcher; without it the server does not follow its files. */
  readonly watch?: (
    files: readonly string[],
    options: { readonly poll: boolean; readonly settleMs: number },
    onChange: (event: 'changed' | 'vanished', file: string) => void,
  ) => FileWatcher;
}

/** Sessions get this long to end when the server stops; then their connections are cut. */
const SHUTDOWN_GRACE_MS = 2500;

/** A file may lead to other files, and may be edited while it is read; what is followed is told of anyway. */
const MAX_READINGS = 5;

type State = 'new' | 'running' | 'stopped';

export class LivegoServer {
  readonly #source: ConfigSource;
  readonly #log: Logger;
  readonly #kernel: Kernel;
  readonly #watch: ServerSettings['watch'];
  #watcher: FileWatcher | undefined;
  /** How the present watcher watches. */
  #manner = '';
  #loadedFiles: readonly string[] = [];
  #certificateFiles: readonly string[] = [];
  #reloading: Promise<unknown> = Promise.resolve();
  #queued: Promise<ReloadReport> | undefined;
  #state: State = 'new';
  #stopping: Promise<void> | undefined;

  constructor(settings: ServerSettings) {
    this.#source = settings.source;
    this.#log = settings.log ?? createLogger();
    this.#watch = settings.watch;
    this.#kernel = new Kernel(this.#log, {
      onCertificateFiles: (files) => this.#followCertificates(files),
    });
  }

  /** Addresses that are listened on, with the ports that the system chose. */
  get addresses(): readonly ServedAddress[] {
    return this.#kernel.addresses;
  }

  get streams(): readonly Stream[] {
    return this.#kernel.hub.streams;
  }

  get lastReport(): ReloadReport | undefined {
    return this.#kernel.lastReport;
  }

  get kernel(): Kernel {
    return this.#kernel;
  }

  figures(): Figures {
    return this.#kernel.figures();
  }

  /** The port in use for an option such as "rtmp.port". Throws if nothing listens for it. */
  port(option: string): number {
    const address = this.addresses.find((each) => each.option === option);
    if (address) return address.port;
    throw new LivegoError(
      'LVG_SERVER_STATE',
      `nothing listens for ${option}; open are ${this.addresses.map((each) => each.option).join(', ') || 'none'}`,
    );
  }

  /** Loads the config and brings it into force. Throws one error that holds every fault. */
  start(): Promise<void> {
    if (this.#state !== 'new') {
      const message = `the server is ${this.#state}; a server starts once`;
      return Promise.reject(new LivegoError('LVG_SERVER_STATE', message));
    }
    this.#state = 'running';
    const started = this.#start();
    // A file that changes in the meantime is read again afterwards.
    this.#reloading = started.catch(() => {});
    return started;
  }

  /**
   * Loads the config again and brings it into force; faults leave everything as it was. Never throws for them. Reloads
   * never overlap: calls that come while one runs share the next, which reads the file when its turn comes.
   */
  reload(reason: string): Promise<ReloadReport> {
    this.#queued ??= this.#reloading.then(() => {
      this.#queued = undefined;
      if (this.#state !== 'running')
        throw new LivegoError('LVG_SERVER_STATE', `the server is ${this.#state} and cannot reload`);
      const reload = this.#reload(reason);
      this.#reloading = reload.catch(() => {});
      return reload;
    });
    return this.#queued;
  }

  async #start(): Promise<void> {
    const loaded = await this.#load();
    const report = loaded.ok ? await this.#kernel.reload(loaded.config) : undefined;
    if (!loaded.ok || report?.outcome === 'refused') {
      this.#state = 'stopped';
      this.#kernel.ticker.stop();
      await this.#watcher?.close();
      throw startFailure(this.#source.name, loaded, report);
    }
    for (const warning of loaded.warnings) this.#log.warn(warning);
    for (const address of this.addresses)
      this.#log.info(`listening on ${formatAddress(address)} (${address.option}, ${address.scheme})`);
  }

  async #reload(reason: string): Promise<ReloadReport> {
    const loaded = await this.#load();
    for (const warning of loaded.warnings) this.#log.warn(warning);
    const report = loaded.ok
      ? await this.#kernel.reload(loaded.config)
      : this.#kernel.noteRefusal(loaded.faults);
    for (const fault of report.faults) this.#log.error(formatFault(fault));
    this.#log[report.outcome === 'refused' ? 'error' : 'info']({ reason }, describeReport(report));
    return report;
  }

  // What was read of a file that nobody followed yet may be out of date by now: it is read again.
  async #load(): Promise<LoadResult> {
    for (let time = 1; ; time++) {
      const loaded = await this.#source.load();
      if (!this.#follow(loaded) || time === MAX_READINGS) return loaded;
    }
  }

  /** Ends all sessions, closes all listeners and resolves when every connection is gone, or has been cut. */
  stop(message: string): Promise<void> {
    this.#stopping ??= this.#stop(message);
    return this.#stopping;
  }

  async #stop(message: string): Promise<void> {
    const state = this.#state;
    this.#state = 'stopped';
    if (state !== 'running') return this.#kernel.ticker.stop();
    this.#log.info(`stopping: ${message}`);
    await this.#watcher?.close();
    const cause: EndCause = { code: 'shutdown', message };
    await this.#kernel.stop(cause);
    await this.#drain();
    this.#log.info('stopped');
  }

  /** Answers an HTTP request without a socket, by the routes of the address that serves `option`. For tests. */
  inject(option: string, request: InjectOptions): Promise<Response> {
    const endpoint = [...this.#kernel.generation.endpoints.values()].find(
      (each) => each.plan.option === option,
    );
    const service = endpoint?.plan.service;
    if (service?.kind !== 'http')
      throw new LivegoError('LVG_SERVER_STATE', `no HTTP is served for ${option}`);
    return inject((req, res) => service.router.handle(req, res), request);
  }

  async #drain(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, SHUTDOWN_GRACE_MS)));
    await Promise.race([this.#kernel.pool.drained(), grace]);
    clearTimeout(timer);
    this.#kernel.pool.destroyConnections();
  }

  // The set of files changes with the config: custom plugins, certificates. Those of a faulty config are followed too.
  // Tells whether there are files among them that nobody followed until now.
  #follow(loaded: LoadResult): boolean {
    const options = loaded.ok ? loaded.config.server.watch : this.#kernel.generation.config?.server.watch;
    if (!this.#watch || !options || this.#state !== 'running') return false;
    const manner = JSON.stringify(options);
    if (manner !== this.#manner) {
      this.#watcher
        ?.close()
        .catch((error: unknown) => this.#log.error({ err: error }, 'a watcher failed to close'));
      this.#watcher = undefined;
      this.#manner = manner;
    }
    if (!options.enabled) return false;
    const known = new Set(this.#watcher ? this.#loadedFiles : []);
    this.#loadedFiles = loaded.files;
    if (this.#watcher) this.#watcher.update(this.#files);
    else this.#watcher = this.#watch(this.#files, options, (event, file) => this.#fileEvent(event, file));
    return loaded.files.some((file) => !known.has(file));
  }

  #followCertificates(files: readonly string[]): void {
    this.#certificateFiles = files;
    this.#watcher?.update(this.#files);
  }

  // Certificates of a config that was refused may become what it needs; those in force stay in use beside them.
  get #files(): string[] {
    return [...new Set([...this.#loadedFiles, ...this.#certificateFiles, ...this.#kernel.certificateFiles])];
  }

  #fileEvent(event: 'changed' | 'vanished', file: string): void {
    if (event === 'vanished')
      return this.#log.warn(`${file} has vanished; the config that is in force stays`);
    if (this.#state !== 'running') return;
    this.reload(`${file} changed`).catch((error: unknown) => {
      if (this.#state === 'running') this.#log.error({ err: error }, 'the reload failed');
    });
  }
}

/** Makes a server; nothing happens before `start()`. */
export function createServer(settings: ServerSettings): LivegoServer {
  return new LivegoServer(settings);
}

function startFailure(name: string, loaded: LoadResult, report: ReloadReport | undefined): LivegoError {
  if (!loaded.ok)
    return new LivegoError('LVG_CONFIG_INVALID', loaded.faults.map((fault) => formatFault(fault)).join('\n'));
  return new LivegoError('LVG_PLUGIN_FAILED', `${name}: ${report?.error ?? 'the config was refused'}`);
}
