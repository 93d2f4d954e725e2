// How many files and connections the system lets this process have, for a warning.
import { readFileSync } from 'node:fs';

/** Undefined where it cannot be told. Reads a file: ask before the limit is reached. */
export function readOpenFileLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1]) || undefined;
  } catch {
    // Not Linux.
    return undefined;
  }
}
