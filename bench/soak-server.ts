// The server under test, a process of its own: follows the file, tells of each reload and of its event loop.
import { fork, type ChildProcess } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createConfigSource } from '../config/load.ts';
import { watchFiles } from '../config/watch/watch.ts';
import { createLogger } from '../core/log.ts';
import { createServer } from '../core/server.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';

export interface ReloadNote {
  readonly kind: 'report';
  readonly outcome: 'applied' | 'unchanged' | 'refused';
  readonly words: string;
  readonly errors: readonly string[];
  readonly streams: number;
  readonly viewers: number;
  readonly closed: number;
  /** Milliseconds since the epoch, as `now()` has them. */
  readonly at: number;
}

export interface LoopNote {
  readonly kind: 'loop';
  /** Longest time for which the event loop was held since the last question, ms. */
  readonly heldMs: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export type Note =
  ReloadNote | LoopNote | { readonly kind: 'ready' } | { readonly kind: 'failed'; message: string };

/** Milliseconds since the epoch with fractions: the same clock for all processes of the machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

const RESOLUTION_MS = 1;

/** The child's side. Runs until its parent is gone. */
export async function serve(file: string): Promise<void> {
  const tell = (note: Note): void => void process.send?.(note);
  const errors: string[] = [];
  const destination = {
    write(text: string): void {
      const line = JSON.parse(text) as { level: number; msg: string; reason?: string };
      if (line.level >= 50 && line.reason === undefined) errors.push(line.msg);
      const report = server.lastReport;
      if (line.reason === undefined || report === undefined) return;
      const { outcome, streamsKept: streams, viewersKept: viewers, sessionsClosed: closed } = report;
      tell({
        kind: 'report',
        outcome,
        words: line.msg,
        errors: errors.splice(0),
        streams,
        viewers,
        closed,
        at: now(),
      });
    },
  };
  const source = createConfigSource({ file, builtins: BUILTIN_PLUGINS, env: {} });
  const server = createServer({
    source,
    watch: watchFiles,
    log: createLogger({ pretty: false, destination }),
  });
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: { collect: boolean }) => {
    const heldMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    if (question.collect) globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    tell({ kind: 'loop', heldMs, heapBytes: heapUsed, rssBytes: rss });
    delay.reset();
  });
  try {
    await server.start();
    delay.enable();
    tell({ kind: 'ready' });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** The parent's side. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #waiting: { kind: Note['kind']; resolve(note: Note): void; reject(error: Error): void }[] = [];

  constructor(launcher: string, file: string) {
    this.#child = fork(launcher, ['--serve', file], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#child.on('message', (note: Note) => {
      if (note.kind === 'failed') return this.#fail(new Error(note.message));
      const index = this.#waiting.findIndex((each) => each.kind === note.kind);
      if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(note);
    });
    this.#child.once('exit', (code, signal) => this.#fail(new Error(`the server ended (${signal ?? code})`)));
  }

  async ready(): Promise<void> {
    await this.#next('ready', 20_000);
  }

  nextReport(): Promise<ReloadNote> {
    return this.#next('report', 10_000) as Promise<ReloadNote>;
  }

  async loop(options: { collect: boolean } = { collect: false }): Promise<LoopNote> {
    const note = this.#next('loop', 10_000) as Promise<LoopNote>;
    this.#child.send(options);
    return note;
  }

  stop(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill('SIGKILL');
  }

  #next(kind: Note['kind'], limitMs: number): Promise<Note> {
    return new Promise((resolve, reject) => {
      const waiter = {
        kind,
        resolve: (note: Note) => (clearTimeout(timer), resolve(note)),
        reject: (error: Error) => (clearTimeout(timer), reject(error)),
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new Error(`no ${kind} within ${limitMs} ms`));
      }, limitMs);
      this.#waiting.push(waiter);
    });
  }

  #fail(error: Error): void {
    for (const each of this.#waiting.splice(0)) each.reject(error);
  }
}
