// What this process holds, after everything that can be collected has been.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface HeldBytes {
  /** Objects. */
  readonly heap: number;
  /** Contents of buffers. */
  readonly buffers: number;
}

/** Collects garbage, then measures. */
export function measureHeld(): HeldBytes {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first run frees may have held on to buffers.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}
