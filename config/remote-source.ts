// A config whose text is read here and loaded by another process: a supervisor has no plugins of its own.
import type { ConfigSource, LoadResult } from '../core/config.ts';
import { faultOfFile } from '../core/config-fault.ts';
import { LivegoError, messageOf } from '../core/errors.ts';
import { VariableMask } from '../core/log/variable-mask.ts';
import { workerCount } from '../core/options/worker-count.ts';
import { ConfigFile, type ConfigFileSettings } from './text/config-file.ts';
import { parseConfigText } from './text/parse-text.ts';
import { isPlainObject } from './text/plain-object.ts';
import { expandVariables, type Environment } from './text/variables.ts';

export interface RemoteSourceSettings<Config> extends ConfigFileSettings {
  readonly env: Environment;
  /** Loads a text elsewhere. Rejects when the process that does it ends. */
  readonly load: (text: string) => Promise<LoadResult<Config>>;
}

export class RemoteSource<Config> implements ConfigSource<Config> {
  readonly #settings: RemoteSourceSettings<Config>;
  readonly #file: ConfigFile;
  readonly #mask = new VariableMask();
  /** Those of the last load: a load that comes to nothing names no files, and one of them may be to blame. */
  #files: readonly string[];

  constructor(settings: RemoteSourceSettings<Config>) {
    this.#settings = settings;
    this.#file = new ConfigFile(settings);
    this.#files = [this.#file.path];
  }

  get name(): string {
    return this.#settings.file;
  }

  show(text: string): string {
    return this.#mask.show(text);
  }

  async read(): Promise<string> {
    const read = await this.#file.read();
    if (read.ok) return read.text;
    throw new LivegoError('LVG_CONFIG_FILE', `${this.name}: ${read.message}`);
  }

  /** Roughly how many workers the file asks for, before its options are checked: 1 if that is not to be seen. */
  async guessWorkers(): Promise<number> {
    const read = await this.#file.read();
    return read.ok ? guessWorkers(this.#expand(read.text)) : 1;
  }

  async load(given?: string): Promise<LoadResult<Config>> {
    const read = await this.#file.read(given);
    if (!read.ok) return this.#reject([this.#file.path], read.message);
    this.#expand(read.text);
    try {
      const loaded = await this.#settings.load(read.text);
      this.#files = loaded.files;
      return { ...loaded, warnings: [...read.warnings, ...loaded.warnings] };
    } catch (error) {
      return this.#reject(this.#files, messageOf(error));
    }
  }

  #reject(files: readonly string[], message: string): LoadResult<Config> {
    return { ok: false, files, faults: [faultOfFile(this.name, message)], warnings: [] };
  }

  /** The text's value; what its variables hold is not shown from now on. */
  #expand(text: string): unknown {
    const { value, variables } = expandVariables(parseConfigText(text).value, this.#settings.env);
    this.#mask.learn(variables);
    return value;
  }
}

function guessWorkers(root: unknown): number {
  if (!isPlainObject(root)) return 1;
  const key = Object.keys(root).find((each) => each.toLowerCase() === 'workers');
  const written: unknown = key === undefined ? 1 : root[key];
  if (written === 'auto') return workerCount('auto');
  const count = typeof written === 'string' || typeof written === 'number' ? Number(written) : 1;
  return Number.isInteger(count) && count > 1 ? count : 1;
}
