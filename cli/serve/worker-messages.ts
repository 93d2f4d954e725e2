// What a supervisor says to a process that is to become a worker, before that is one.
import type { WorkerPlace } from '../../core/workers/worker-process.ts';

/** Set in the environment of workers. */
export const WORKER_VARIABLE = 'LIVEGO_WORKER';

/**
 * `load`: load this config, and answer with what a supervisor needs to know of it. `warm-up`: load it and say nothing. A
 * worker starts sooner when the schemas are compiled, and the code in which plugins declare themselves: on one machine that
 * halved the CPU time from its assignment to its first connection, from 150 to 80 ms.
 */
export interface ConfigMessage {
  readonly is: 'load' | 'warm-up';
  readonly text: string;
}

export type FirstMessage = ConfigMessage | WorkerPlace;

/** Whether this process is a worker, or kept ready to be one. */
export function isWorker(env: Readonly<Record<string, string | undefined>>): boolean {
  const is = env[WORKER_VARIABLE] !== undefined;
  // Programs that the worker starts have no need of it.
  Reflect.deleteProperty(process.env, WORKER_VARIABLE);
  return is;
}
