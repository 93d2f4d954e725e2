// The memory of this process after a garbage collection.
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
  // Objects that the first collection frees may have referred to buffers.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers };
}
