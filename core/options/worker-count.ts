// How many workers a config asks for.
import { availableParallelism } from 'node:os';
import type { ServerOptions } from './options.ts';

/** `auto`: one for each core that this process may use. */
export function workerCount(
  workers: ServerOptions['workers'],
  cores: number = availableParallelism(),
): number {
  return workers === 'auto' ? cores : workers;
}
