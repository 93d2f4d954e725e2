// Workers as child processes: the same command, told by its environment that it is a worker, and by its first message
// which one. One process more than there are workers is kept ready: a worker that ends is replaced without the second that
// it takes to load the code, and configs are loaded there, so that the supervisor has no plugins in its memory.
//
//   started ─▶ waits ─▶ loads configs for the supervisor, as often as it is asked ─▶ becomes a worker
import { once } from 'node:events';
import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { LoadResult } from '../../core/config.ts';
import type { Logger } from '../../core/log/log.ts';
import type { ConfigOutline } from '../../core/workers/config-outline.ts';
import type { Message } from '../../core/workers/conversation.ts';
import type { SpawnWorker, WorkerPlace } from '../../core/workers/worker-process.ts';
import { WorkerChannel } from './worker-channel.ts';
import { WORKER_VARIABLE, type FirstMessage } from './worker-messages.ts';

const PREPARE_DELAY_MS = 5000;

/** A plugin that takes longer to load hangs. */
const LOAD_LIMIT_MS = 60_000;

/** One line in the log for all processes that could not be started meanwhile. */
const TELL_EVERY_MS = 60_000;

export interface WorkerProcessesSettings {
  /** That of the supervisor: a worker reads the same config with the same flags. */
  readonly command: readonly [string, ...string[]];
  readonly log: Pick<Logger, 'error'>;
  /** Default: that of Node. */
  readonly start?: typeof fork;
}

/** A process, or why the system has started none: it has no memory, file descriptors or processes left. */
type Started = { readonly child: ChildProcess } | { readonly failure: Promise<Error> };

export class WorkerProcesses {
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #fork: typeof fork;
  readonly #log: Pick<Logger, 'error'>;
  /** Those that wait for a place. */
  readonly #ready = new Set<ChildProcess>();
  /** The one that loads a config. */
  #loading: ChildProcess | undefined;
  /** Settles when the loads that were asked for are done: an answer does not say which config it is about. */
  #loaded: Promise<unknown> = Promise.resolve();
  #isPreparing = false;
  /** The last config without faults. */
  #text: string | undefined;
  #toldAt = -Infinity;

  constructor({ command: [file, ...args], log, start = fork }: WorkerProcessesSettings) {
    this.#file = file;
    this.#args = args;
    this.#log = log;
    this.#fork = start;
  }

  /** Starts processes that will be needed at once. Where that fails, it is tried again some seconds later. */
  prepare(count: number): void {
    let started = true;
    while (started && this.#ready.size < count) started = this.#prepareOne();
  }

  /** Has a process ready, some seconds from now: while workers start and get their first clients, nothing else does. */
  prepareSoon(): void {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    setTimeout(() => {
      this.#isPreparing = false;
      this.prepare(1);
    }, PREPARE_DELAY_MS).unref();
  }

  /** Loads a config in a process that waits, one after the other. Rejects when that ends, hangs or cannot be started. */
  load(text: string): Promise<LoadResult<ConfigOutline>> {
    const load = this.#loaded.then(() => this.#load(text));
    this.#loaded = load.catch(() => {});
    return load;
  }

  readonly spawn: SpawnWorker = (place, events) => {
    const waiting = [...this.#ready].find((each) => each !== this.#loading);
    const started = waiting ? { child: waiting } : this.#start();
    if (waiting && this.#ready.delete(waiting)) this.prepareSoon();
    if ('failure' in started) {
      void started.failure.then((error) => events.ended(error.message));
      return { mostUnderWay: 1, send: () => {}, kill: () => {} };
    }
    const { child } = started;
    child.removeAllListeners('exit').removeAllListeners('error');
    hold(child);
    return run(child, place, events);
  };

  async #load(text: string): Promise<LoadResult<ConfigOutline>> {
    this.prepare(1);
    const [child] = this.#ready;
    if (!child) throw new Error('the process that loads the config cannot be started');
    this.#loading = child;
    try {
      const loaded = await askToLoad(child, text);
      if (loaded.ok) this.#text = text;
      return loaded;
    } finally {
      this.#loading = undefined;
    }
  }

  /** False if the system starts no process now. */
  #prepareOne(): boolean {
    const started = this.#start();
    if ('failure' in started) {
      this.prepareSoon();
      return false;
    }
    const { child } = started;
    this.#ready.add(child);
    letGo(child);
    const gone = (): void => void (this.#ready.delete(child) && this.prepareSoon());
    child.once('exit', gone);
    child.on('error', (error) => {
      this.#tell(error);
      gone();
    });
    if (this.#text !== undefined) say(child, { is: 'warm-up', text: this.#text });
    return true;
  }

  #start(): Started {
    try {
      const child = this.#fork(this.#file, this.#args, {
        env: { ...process.env, [WORKER_VARIABLE]: 'yes' },
        // Buffers, dates and undefined arrive as they are.
        serialization: 'advanced',
      });
      if (child.connected) return { child };
      // Without file descriptors Node gives a process that has no channel, and tells why in the next tick.
      const failure = once(child, 'error').then(([error]) => this.#tell(error as Error));
      return { failure };
    } catch (error) {
      return { failure: Promise.resolve(this.#tell(error as Error)) };
    }
  }

  #tell(error: Error): Error {
    const now = performance.now();
    if (now - this.#toldAt >= TELL_EVERY_MS) {
      this.#toldAt = now;
      this.#log.error({ err: error }, 'a process for a worker cannot be started; it is tried again');
    }
    return error;
  }
}

/** The supervisor does not end while the process is there. */
function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function say(child: ChildProcess, message: FirstMessage): void {
  if (child.connected) child.send(message, undefined, ignoreFailure);
}

async function askToLoad(child: ChildProcess, text: string): Promise<LoadResult<ConfigOutline>> {
  hold(child);
  const settled = new AbortController();
  let how = 'has ended';
  const limit = setTimeout(() => {
    how = `has not answered for ${LOAD_LIMIT_MS / 1000} s`;
    child.kill('SIGKILL');
  }, LOAD_LIMIT_MS);
  const answered = once(child, 'message', settled).then(([answer]) => answer as LoadResult<ConfigOutline>);
  const ended = once(child, 'exit', settled).then(([code, signal]: (number | string | null)[]) => {
    throw new Error(`the process that loads the config ${how} (${describeEnd(code, signal)})`);
  });
  say(child, { is: 'load', text });
  try {
    return await Promise.race([answered, ended]);
  } finally {
    settled.abort();
    clearTimeout(limit);
    letGo(child);
  }
}

function describeEnd(code: unknown, signal: unknown): string {
  return typeof signal === 'string' ? `signal ${signal}` : `exit code ${String(code)}`;
}

function run(
  child: ChildProcess,
  place: WorkerPlace,
  events: Parameters<SpawnWorker>[1],
): ReturnType<SpawnWorker> {
  let ended = false;
  const end = (how: string): void => {
    if (ended) return;
    ended = true;
    events.ended(how);
  };
  child.on('message', (message, handle) => events.message(message as Message, handle as Socket | undefined));
  child.once('exit', (code, signal) => {
    const how = describeEnd(code, signal);
    // What it has said before is heard before: it may have taken connections.
    if (child.connected) child.once('disconnect', () => end(how));
    else end(how);
  });
  // Each signal and each message that fails is an error of its own.
  child.on('error', (error) => {
    child.kill('SIGKILL');
    end(error.message);
  });
  say(child, place);
  const channel = new WorkerChannel(child, (message) => events.message(faultOf(message), undefined));
  return {
    mostUnderWay: channel.mostUnderWay,
    send: (message, socket) => channel.send(message, socket),
    kill: () => void child.kill('SIGKILL'),
  };
}

function faultOf(asked: Message): Message {
  const message =
    'the process could not read it; perhaps it has no free file descriptor (ulimit -n, LimitNOFILE=)';
  return { is: 'fault', id: asked.is === 'ask' ? asked.id : 0, message };
}

// A worker that ends while it is spoken to is noticed by its exit.
function ignoreFailure(): void {}
