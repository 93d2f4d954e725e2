// The version of livego, as package.json has it.
import { readFileSync } from 'node:fs';

/** Read from the package that this file belongs to, compiled or not. */
export function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as Record<string, string>;
      if (name === 'livego' && version !== undefined) return version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
