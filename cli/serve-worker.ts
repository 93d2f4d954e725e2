// A worker's process: it does what the supervisor says, and ends with it.
import type { Socket } from 'node:net';
import type { ConfigSource } from '../core/config.ts';
import type { Logger } from '../core/log.ts';
import type { Message } from '../core/workers/conversation.ts';
import { Worker } from '../core/workers/worker/worker.ts';
import type { WorkerPlace } from '../core/workers/worker-process.ts';

export interface WorkerProcessSettings {
  readonly source: ConfigSource;
  readonly log: Logger;
  readonly place: WorkerPlace;
}

/** Resolves with the exit code when the worker has ended. */
export function serveWorker({ source, log, place }: WorkerProcessSettings): Promise<number> {
  return new Promise((resolve) => {
    const worker = new Worker({
      source,
      place,
      log: log.child({ worker: place.worker }),
      send: (message) => void (process.connected && process.send?.(message, undefined, {}, ignoreFailure)),
      ended: () => {
        process.disconnect?.();
        resolve(0);
      },
    });
    process.on('message', (message, handle) =>
      worker.talk.receive(message as Message, handle as Socket | undefined),
    );
    const stop = (message: string): void => {
      worker.stop(message).catch((error: unknown) => {
        log.error({ err: error }, 'the worker did not stop in order');
        resolve(1);
      });
    };
    process.once('disconnect', () => stop('the supervisor has ended'));
    // Signals of a terminal or a service manager reach all processes; the supervisor says what they mean.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  });
}

// The supervisor has gone; `disconnect` says so.
function ignoreFailure(): void {}
