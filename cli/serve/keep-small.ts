// Keeps the memory of a supervisor small. It loads all plugins to check a config, and then does next to nothing for days.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collections until V8 has given back what it no longer needs: it waits whether the heap grows again. */
const COLLECTIONS = 3;

/** Returns a function that gives what a load of a config has left back to the system. */
export function keepSmall(): () => void {
  // bin/livego.js lets the heap grow to three times what is in use, which suits a process that carries media.
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const collectTimes = (count: number): void => {
    collect();
    if (count > 1) setImmediate(() => collectTimes(count - 1));
  };
  return () => void setImmediate(() => collectTimes(COLLECTIONS));
}
