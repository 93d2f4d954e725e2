// Workers as child processes: the same command, told by its environment that it is a worker, and by its first message
// which one. One process more than there are workers is kept ready, so that a worker that ends is replaced without the
// second that it takes to load the code.
import { fork, type ChildProcess, type SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Message } from '../../core/workers/conversation.ts';
import type { SpawnWorker, WorkerPlace } from '../../core/workers/worker-process.ts';

/** Set in the environment of workers. */
export const WORKER_VARIABLE = 'LIVEGO_WORKER';

const PREPARE_DELAY_MS = 5000;

export interface ForkedWorkers {
  readonly spawn: SpawnWorker;
  /** Has a process ready for the next worker, some seconds from now. */
  readonly prepareSoon: () => void;
}

/** @param command - that of the supervisor: a worker reads the same config with the same flags */
export function forkWorkers([file, ...args]: readonly [string, ...string[]]): ForkedWorkers {
  let ready: ChildProcess | undefined;
  let isPreparing = false;
  const start = (): ChildProcess =>
    fork(file, args, {
      env: { ...process.env, [WORKER_VARIABLE]: 'yes' },
      // Buffers, dates and undefined arrive as they are.
      serialization: 'advanced',
    });
  const prepare = (): void => {
    isPreparing = false;
    if (ready) return;
    const child = (ready = start());
    child.unref();
    child.channel?.unref();
    const gone = (): void => {
      if (ready !== child) return;
      ready = undefined;
      prepareSoon();
    };
    child.once('exit', gone);
    child.on('error', gone);
  };
  // While workers start and get their first clients, nothing else does.
  const prepareSoon = (): void => {
    if (isPreparing) return;
    isPreparing = true;
    setTimeout(prepare, PREPARE_DELAY_MS).unref();
  };
  const spawn: SpawnWorker = (place, events) => {
    const child = ready ?? start();
    if (child === ready) prepareSoon();
    ready = undefined;
    child.removeAllListeners('exit').removeAllListeners('error');
    child.ref();
    child.channel?.ref();
    return run(child, place, events);
  };
  return { spawn, prepareSoon };
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
  child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  // Each signal and each message that fails is an error of its own.
  child.on('error', (error) => {
    child.kill('SIGKILL');
    end(error.message);
  });
  child.send(place, undefined, ignoreFailure);
  return {
    send: (message, socket) => {
      if (child.connected) child.send(message, socket as SendHandle | undefined, ignoreFailure);
      else socket?.destroy();
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Whether this process is a worker, or kept ready to be one. */
export function isWorker(env: Readonly<Record<string, string | undefined>>): boolean {
  const is = env[WORKER_VARIABLE] !== undefined;
  // Programs that the worker starts have no need of it.
  Reflect.deleteProperty(process.env, WORKER_VARIABLE);
  return is;
}

type TakeMessage = (message: Message, socket: Socket | undefined) => void;

/** What a worker knows of itself, and how it hears its supervisor. */
export interface AssignedWorker {
  readonly place: WorkerPlace;
  /** Gets everything that the supervisor says, from the first message behind the place on. */
  readonly listen: (take: TakeMessage) => void;
}

/** Undefined when the supervisor ends before this process has become a worker. */
export function awaitWorkerPlace(): Promise<AssignedWorker | undefined> {
  // A process whose supervisor has ended while it was started is no server of its own.
  if (!process.connected) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let place: WorkerPlace | undefined;
    const early: Parameters<TakeMessage>[] = [];
    let take: TakeMessage = (...message) => void early.push(message);
    const listen = (taker: TakeMessage): void => {
      take = taker;
      for (const message of early.splice(0)) take(...message);
    };
    // One listener for all: Node drops messages that come while there is none.
    process.on('message', (message, handle) => {
      if (place) return take(message as Message, handle as Socket | undefined);
      place = message as WorkerPlace;
      resolve({ place, listen });
    });
    process.once('disconnect', () => resolve(undefined));
  });
}

// A worker that ends while it is spoken to is noticed by its exit.
function ignoreFailure(): void {}
