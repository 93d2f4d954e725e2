// The config's file, read again at each load. It may be missing.
import { resolve } from 'node:path';
import { readTextFile } from './read-text-file.ts';

export interface ConfigFileSettings {
  /** The path as the operator gave it. */
  readonly file: string;
  /** A file that does not exist is a fault, or means a server with the defaults of every option. */
  readonly whenMissing: 'fault' | 'defaults';
}

export type ConfigText =
  | { readonly ok: true; readonly text: string; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly message: string };

export class ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly #settings: ConfigFileSettings;
  #seen = false;

  constructor(settings: ConfigFileSettings) {
    this.#settings = settings;
    this.path = resolve(settings.file);
  }

  /**
   * Never throws for a file that cannot be read.
   * @param given - the text to use instead of what the file holds
   */
  async read(given?: string): Promise<ConfigText> {
    if (given !== undefined) return { ok: true, text: given, warnings: [] };
    const read = await readTextFile(this.path);
    if (read.ok) {
      this.#seen = true;
      return { ...read, warnings: [] };
    }
    const { file, whenMissing } = this.#settings;
    // A file that was there and no longer is has vanished: the operator did not ask for the defaults.
    if (!read.missing || whenMissing === 'fault' || this.#seen) return read;
    return {
      ok: true,
      text: '{}',
      warnings: [`there is no ${file}; running with the defaults of every option (livego init writes one)`],
    };
  }
}
