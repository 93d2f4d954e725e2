// Workers as child processes: the same command, told by its environment that it is a worker.
import { fork, type SendHandle } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Message } from '../core/workers/conversation.ts';
import type { SpawnWorker, WorkerPlace } from '../core/workers/worker-process.ts';

/** Holds the place of the worker as JSON. */
export const WORKER_VARIABLE = 'LIVEGO_WORKER';

/** @param command - that of the supervisor: a worker reads the same config with the same flags */
export function forkWorkers([file, ...args]: readonly [string, ...string[]]): SpawnWorker {
  return (place, events) => {
    const child = fork(file, args, {
      env: { ...process.env, [WORKER_VARIABLE]: JSON.stringify(place) },
      // Buffers, dates and undefined arrive as they are.
      serialization: 'advanced',
    });
    let ended = false;
    const end = (how: string): void => {
      if (ended) return;
      ended = true;
      events.ended(how);
    };
    child.on('message', (message, handle) =>
      events.message(message as Message, handle as Socket | undefined),
    );
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    // Each signal and each message that fails is an error of its own.
    child.on('error', (error) => {
      child.kill('SIGKILL');
      end(error.message);
    });
    return {
      send: (message, socket) => {
        if (child.connected) child.send(message, socket as SendHandle | undefined, ignoreFailure);
        else socket?.destroy();
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

/** The place of this process among the workers; undefined when it is none. */
export function readWorkerPlace(env: Readonly<Record<string, string | undefined>>): WorkerPlace | undefined {
  const text = env[WORKER_VARIABLE];
  // Programs that the worker starts have no need of it.
  Reflect.deleteProperty(process.env, WORKER_VARIABLE);
  return text === undefined || !process.connected ? undefined : (JSON.parse(text) as WorkerPlace);
}

// A worker that ends while it is spoken to is noticed by its exit.
function ignoreFailure(): void {}
