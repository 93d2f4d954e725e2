// The open stores of a server. Instances that name the same store share it, and the last one closes it.
import type { Logger } from 'livego';
import type { KeyStoreOptions } from '../schema.ts';
import { FileStore } from './file-store.ts';
import type { KeyStore } from './key-store.ts';
import { RedisStore } from './redis-store.ts';

interface Entry {
  readonly opened: Promise<KeyStore>;
  holders: number;
}

export class KeyStores {
  readonly #entries = new Map<string, Entry>();

  /** Throws LVG_PLUGIN_FAILED. What was acquired is to be released, with the same options. */
  async acquire(options: KeyStoreOptions, log: Logger): Promise<KeyStore> {
    const name = JSON.stringify(options);
    const entry = this.#entries.get(name) ?? { opened: open(options, log), holders: 0 };
    entry.holders++;
    this.#entries.set(name, entry);
    try {
      return await entry.opened;
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
      throw error;
    }
  }

  async release(options: KeyStoreOptions): Promise<void> {
    const name = JSON.stringify(options);
    const entry = this.#entries.get(name);
    if (!entry || --entry.holders > 0) return;
    this.#entries.delete(name);
    await (await entry.opened).close();
  }

  /** Uses a store that may not be open otherwise. */
  async use<Result>(
    options: KeyStoreOptions,
    log: Logger,
    work: (store: KeyStore) => Promise<Result>,
  ): Promise<Result> {
    const store = await this.acquire(options, log);
    try {
      return await work(store);
    } finally {
      await this.release(options);
    }
  }
}

function open(
  { file, redisAddress, redisPassword, staleSeconds }: KeyStoreOptions,
  log: Logger,
): Promise<KeyStore> {
  if (redisAddress === '') return FileStore.open(file);
  return RedisStore.open({ address: redisAddress, password: redisPassword, staleSeconds }, log);
}
