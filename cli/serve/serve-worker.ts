// A worker's process: it does what the supervisor says, and ends with it.
import { rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ConfigSource, LoadResult } from '../../core/config.ts';
import { faultOfFile } from '../../core/config-fault.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log/log.ts';
import { maskLog } from '../../core/log/masked-log.ts';
import { Worker } from '../../core/workers/worker/worker.ts';
import type { ConfigOutline } from '../../core/workers/config-outline.ts';
import { OutlinedSource } from '../../core/workers/outlined-source.ts';
import type { CliIo } from '../io.ts';
import { awaitPlace, type AssignedWorker } from './await-place.ts';
import { WORKER_VARIABLE } from './worker-messages.ts';
import { letYoungGenerationGrow } from './young-generation.ts';

export interface WorkerProcessSettings extends AssignedWorker {
  readonly source: ConfigSource;
  readonly log: Logger;
  /** Called with what ends the worker in order, for a bug. */
  onBug(stop: () => void): void;
}

/** Resolves with the exit code when the worker has ended, or is not needed. */
export async function serveAsWorker(
  settings: Omit<WorkerProcessSettings, keyof AssignedWorker>,
  io: CliIo,
): Promise<number> {
  if (process.connected === undefined) {
    const reason = `${WORKER_VARIABLE} is in the environment, which only a supervisor sets for its workers; unset it`;
    io.err(`livego cannot start: ${reason}\n`);
    return 1;
  }
  const source = new OutlinedSource(settings.source);
  const load = (text: string): Promise<LoadResult<ConfigOutline>> =>
    source.load(text).catch((error: unknown) => {
      const faults = [faultOfFile(source.name, messageOf(error))];
      return { ok: false, files: [], faults, warnings: [] };
    });
  const assigned = await awaitPlace(load);
  return assigned ? await serveWorker({ ...settings, ...assigned }) : 0;
}

function serveWorker(settings: WorkerProcessSettings): Promise<number> {
  return new Promise((resolve) => {
    const { source, place, listen } = settings;
    const log = maskLog(settings.log, source.show?.bind(source));
    let code = 0;
    const worker = new Worker({
      source,
      place,
      log: settings.log.child({ worker: place.worker }),
      send: (message) => void (process.connected && process.send?.(message, undefined, {}, ignoreFailure)),
      ended: () => {
        if (process.connected) process.disconnect();
        else removeFolder(dirname(place.socketPath));
        resolve(code);
      },
    });
    letYoungGenerationGrow();
    log.info({ worker: place.worker, pid: process.pid }, `the worker runs as process ${process.pid}`);
    listen((message, socket) => worker.talk.receive(message, socket));
    const stop = (message: string): void => {
      worker.stop(message).catch((error: unknown) => {
        log.error({ err: error }, 'the worker did not stop in order');
        resolve(1);
      });
    };
    settings.onBug(() => {
      code = 1;
      stop('a bug');
    });
    process.once('disconnect', () => stop('the supervisor has ended'));
  });
}

// The supervisor would have removed it. The last worker that ends finds it empty.
function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

// The supervisor has gone; `disconnect` says so.
function ignoreFailure(): void {}
