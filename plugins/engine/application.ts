// Engines of one application: one for each of its streams.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  LimitedLog,
  matchesServername,
  messageOf,
  type AppContext,
  type StopCause,
  type StreamView,
} from 'livego';
import { isMissing, listFiles, requireDirectory } from 'livego/files';
import type { StopLimits } from './run/child.ts';
import { Engine } from './engine.ts';
import { findProgram, type Program } from './program.ts';
import { finishReplay, REPLAY_DRAFT } from './jobs/replay-file.ts';
import type { EngineOptions } from './schema.ts';
import type { EngineState } from './state.ts';

/** A minute. */
const MAX_WARNINGS = 60;
/** A server that stops waits 10 s for an instance. No program may outlive it. */
const SHUTDOWN_LIMITS: StopLimits = { endTimeoutMs: 6000, termTimeoutMs: 2000 };

export class EngineApplication {
  readonly #context: AppContext;
  readonly #options: EngineOptions;
  readonly #state: EngineState;
  readonly #engines = new Map<StreamView, Engine>();
  readonly #stopping = new Map<Engine, Promise<void>>();
  /** Engines of the instance that this one replaces: their names must be free before renditions are published. */
  #predecessor: Promise<unknown> = Promise.resolve();
  readonly #failures: LimitedLog;
  #program: Program | undefined;

  constructor(context: AppContext, options: EngineOptions, state: EngineState) {
    this.#context = context;
    this.#options = options;
    this.#state = state;
    this.#failures = new LimitedLog(context.log, () => context.now(), MAX_WARNINGS);
  }

  get #writesFiles(): boolean {
    return this.#options.profile === 'segments' && !/^[a-z]+:\/\//i.test(this.#options.output);
  }

  async start(): Promise<void> {
    this.#program = await findProgram(this.#options);
    if (this.#writesFiles) await requireDirectory(this.#options.output, 'engine.output', 'switch engine off');
  }

  activate(): void {
    this.#state.applications.add(this);
    if (this.#writesFiles) setImmediate(() => this.#state.drafts?.sweepSoon());
  }

  sweep(): void {
    if (this.#writesFiles) void this.#finishOldDrafts();
  }

  take(predecessor: EngineApplication): void {
    if (this.#options.profile === 'transcode') this.#predecessor = predecessor.close('replaced');
  }

  streamStart(stream: StreamView): void {
    // What an engine publishes gets no engine.
    if (stream.publisher?.client.plugin === 'engine') return;
    if (!this.#options.only.some((pattern) => matchesServername(pattern, stream.name))) return;
    void this.#predecessor.then(() => this.#begin(stream));
  }

  streamStop(stream: StreamView): void {
    const engine = this.#engines.get(stream);
    if (engine) this.#stop(engine);
  }

  /** Lets every program finish. */
  async close(cause: StopCause): Promise<void> {
    this.#state.applications.delete(this);
    if (cause === 'rejected') return;
    for (const engine of this.#engines.values()) this.#stop(engine);
    const limits = stopLimits(cause, this.#options);
    for (const engine of this.#stopping.keys()) engine.hasten(limits);
    await Promise.all(this.#stopping.values());
  }

  #begin(stream: StreamView): void {
    const { state: streamState } = stream;
    if (streamState === 'ended' || !this.#program || this.#engines.has(stream)) return;
    const services = {
      context: this.#context,
      options: this.#options,
      program: this.#program,
      failures: this.#failures,
      state: this.#state,
    };
    this.#engines.set(stream, new Engine(stream, services));
  }

  #stop(engine: Engine): void {
    this.#engines.delete(engine.stream);
    const stopped = engine
      .stop()
      .catch((error: unknown) =>
        this.#context.peerLog.error(
          { err: error, stream: engine.stream.displayKey },
          `the engine of ${engine.stream.displayKey} did not stop cleanly`,
        ),
      )
      .finally(() => this.#stopping.delete(engine));
    this.#stopping.set(engine, stopped);
  }

  // Of a server that was killed. MPEG-TS needs no repair; the file ended when it was written last.
  async #finishOldDrafts(): Promise<void> {
    const { drafts, claimed } = this.#state;
    if (!drafts?.isMine) return;
    const names = new Map<string, string>();
    try {
      for await (const { path, name } of listFiles(this.#options.output)) {
        const app = name.split('/')[0] ?? '';
        if (REPLAY_DRAFT.test(name) && matchesServername(this.#context.servername, app))
          names.set(path, name);
      }
      for (const path of await drafts.among([...names.keys()])) {
        if (!claimed.claim(path)) continue;
        try {
          await this.#finishOldDraft(path, names.get(path)!);
        } catch (error) {
          // Its program has ended since the directory was searched.
          if (!isMissing(error))
            this.#context.log.warn(`${path} cannot be finished: ${messageOf(error)}; it is left as it is`);
        } finally {
          claimed.release(path);
        }
      }
    } catch (error) {
      this.#context.log.warn(`${this.#options.output} cannot be searched: ${messageOf(error)}`);
    }
  }

  async #finishOldDraft(path: string, file: string): Promise<void> {
    const { mtime } = await stat(path);
    const finished = await finishReplay(path, mtime);
    if (!finished) return;
    const [app = '', ...rest] = file.split('/');
    const name = REPLAY_DRAFT.exec(join(...rest))?.[1] ?? '';
    const facts = { kind: 'replay', app, name, session: undefined, durationMs: 0 };
    this.#context.fileEnd({ ...facts, ...finished, startedAt: mtime, endedAt: mtime });
    this.#context.log.info(`finished ${finished.path}, which an earlier run has left`);
  }
}

/** How long programs may take to end when their instance stops for that cause. */
export function stopLimits(cause: StopCause, { endTimeoutMs, termTimeoutMs }: StopLimits): StopLimits {
  if (cause !== 'shutdown') return { endTimeoutMs, termTimeoutMs };
  return {
    endTimeoutMs: Math.min(endTimeoutMs, SHUTDOWN_LIMITS.endTimeoutMs),
    termTimeoutMs: Math.min(termTimeoutMs, SHUTDOWN_LIMITS.termTimeoutMs),
  };
}
