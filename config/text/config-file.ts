// The config's file, read again at each load. It may be missing.
import * as disk from 'node:fs/promises';
import { resolve } from 'node:path';
import { livegoError, messageOf } from '../../core/errors.ts';
import { replaceFile } from '../../core/files/disk.ts';
import { MAX_TEXT_BYTES, readTextFile } from './read-text-file.ts';

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
    if (given !== undefined)
      return Buffer.byteLength(given) <= MAX_TEXT_BYTES
        ? { ok: true, text: given, warnings: [] }
        : { ok: false, message: `the config has more than ${MAX_TEXT_BYTES} bytes` };
    const read = await readTextFile(this.path);
    if (read.ok) {
      this.#seen = true;
      return { ...read, warnings: [] };
    }
    const { file, whenMissing } = this.#settings;
    // A file that was there and no longer is has vanished: the operator did not ask for the defaults.
    if (!read.missing || whenMissing === 'fault' || this.#seen)
      return read.missing && file !== this.path
        ? { ok: false, message: `${read.message} (${this.path})` }
        : read;
    return {
      ok: true,
      text: '{}',
      warnings: [`there is no ${file}; running with the defaults of every option (livego init writes one)`],
    };
  }
  /** Replaces the file: readers see the old text or the new one. Throws LVG_CONFIG_WRITE. */
  async write(text: string): Promise<void> {
    try {
      // A link stays a link: the file that it leads to is replaced.
      const target = await disk.realpath(this.path).catch(() => this.path);
      const before = await disk.stat(target).catch(() => undefined);
      await replaceFile(disk, target, Buffer.from(text), before && before.mode & 0o7777);
      // A server that runs as root leaves the file to its owner.
      if (before && process.getuid?.() === 0) await disk.chown(target, before.uid, before.gid);
      if (before) await disk.chmod(target, before.mode & 0o7777);
    } catch (error) {
      const values = { file: this.#settings.file, reason: messageOf(error) };
      throw livegoError('LVG_CONFIG_WRITE', 'file', values, error);
    }
  }
}
