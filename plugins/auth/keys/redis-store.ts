// Channel keys in Redis, so that several servers share them.
//
// While Redis is away, keys that this server has seen are good for some time, and others are denied.
import type { Redis } from 'ioredis';
import { BoundedMap, LivegoError, messageOf, type Logger } from 'livego';
import { indexOf, makeKey, type KeyStore } from './key-store.ts';

export interface RedisSettings {
  readonly address: string;
  readonly password: string;
  readonly staleSeconds: number;
}

/** Every change is one script, so that servers that change the same room at once agree. KEYS: the room's entry. */
const SCRIPTS = {
  keyOf: `
    local present = redis.call('GET', KEYS[1])
    if present then return present end
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('SET', KEYS[2], ARGV[2])
    return ARGV[1]`,
  // ARGV: the new key, the room, the index of the present key or ''.
  reset: `
    local present = redis.call('GET', KEYS[1])
    if (present or '') ~= ARGV[3] then return false end
    if KEYS[3] then redis.call('DEL', KEYS[3]) end
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('SET', KEYS[2], ARGV[2])
    return ARGV[1]`,
  // ARGV: the present key.
  delete: `
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[1], KEYS[2])`,
} as const;

const COMMAND_TIMEOUT_MS = 2000;
const MAX_RECONNECT_MS = 2000;
const MAX_REMEMBERED = 10_000;
const MAX_ATTEMPTS = 10;

interface Seen {
  readonly room: string;
  readonly at: number;
}

export class RedisStore implements KeyStore {
  readonly #redis: Redis;
  readonly #settings: RedisSettings;
  readonly #log: Logger;
  readonly #seen = new BoundedMap<string, Seen>(MAX_REMEMBERED);
  #away = false;

  private constructor(redis: Redis, settings: RedisSettings, log: Logger) {
    this.#redis = redis;
    this.#settings = settings;
    this.#log = log;
    redis.on('error', (error: Error) => this.#noteAway(error));
    redis.on('ready', () => this.#noteBack());
  }

  /** Resolves also when Redis is away: the connection is tried again for as long as the store is open. */
  static async open(settings: RedisSettings, log: Logger): Promise<RedisStore> {
    const { Redis } = await import('ioredis');
    const { host, port } = parseAddress(settings.address);
    const redis = new Redis({
      host,
      port,
      ...(settings.password !== '' && { password: settings.password }),
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: COMMAND_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_MS),
      // After a failover the server at hand is a replica: connect again, to the new one.
      reconnectOnError: (error) => error.message.includes('READONLY'),
    });
    const store = new RedisStore(redis, settings, log);
    await redis.connect().catch((error: unknown) => store.#noteAway(error));
    return store;
  }

  async keyOf(room: string): Promise<string> {
    const key = makeKey();
    return String(await this.#redis.eval(SCRIPTS.keyOf, 2, roomEntry(room), keyEntry(key), key, room));
  }

  async reset(room: string): Promise<string> {
    const key = makeKey();
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const present = await this.#redis.get(roomEntry(room));
      const entries = [roomEntry(room), keyEntry(key), ...(present === null ? [] : [keyEntry(present)])];
      const done = await this.#redis.eval(
        SCRIPTS.reset,
        entries.length,
        ...entries,
        key,
        room,
        present ?? '',
      );
      if (present !== null) this.#seen.delete(indexOf(present));
      if (done !== null) return key;
    }
    throw new Error('other servers keep changing the same room');
  }

  async delete(room: string): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const present = await this.#redis.get(roomEntry(room));
      if (present === null) return false;
      this.#seen.delete(indexOf(present));
      const deleted = await this.#redis.eval(SCRIPTS.delete, 2, roomEntry(room), keyEntry(present), present);
      if (deleted !== 0) return true;
    }
    throw new Error('other servers keep changing the same room');
  }

  async roomOf(key: string): Promise<string | undefined> {
    const index = indexOf(key);
    try {
      const room = await this.#redis.get(keyEntry(key));
      if (room === null) this.#seen.delete(index);
      else this.#remember(index, room);
      return room ?? undefined;
    } catch (error) {
      this.#noteAway(error);
      const seen = this.#seen.get(index);
      const isFresh = seen && performance.now() - seen.at <= this.#settings.staleSeconds * 1000;
      if (isFresh) return seen.room;
      throw new Error('the channel keys cannot be asked for', { cause: error });
    }
  }

  close(): Promise<void> {
    this.#redis.disconnect();
    return Promise.resolve();
  }

  #remember(index: string, room: string): void {
    this.#seen.set(index, { room, at: performance.now() });
  }

  // Once for each outage: the client library reports every attempt.
  #noteAway(error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    const { address, staleSeconds } = this.#settings;
    this.#log.error(
      `Redis at ${address} does not answer (${messageOf(error)}); keys seen in the last ${staleSeconds} s are good, others are denied`,
    );
  }

  #noteBack(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#log.info(`Redis at ${this.#settings.address} answers again`);
  }
}

function roomEntry(room: string): string {
  return `livego:room:${room}`;
}

function keyEntry(key: string): string {
  return `livego:key:${indexOf(key)}`;
}

/** Throws LVG_PLUGIN_FAILED. */
function parseAddress(address: string): { host: string; port: number } {
  const match = /^(?:redis:\/\/)?(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(address);
  if (!match)
    throw new LivegoError(
      'LVG_PLUGIN_FAILED',
      `auth.keyStore.redisAddress: "${address}" is no address; write "127.0.0.1:6379"`,
    );
  const host = match[1]!.replaceAll(/[[\]]/g, '');
  return { host: host === '' ? '127.0.0.1' : host, port: Number(match[2] ?? 6379) };
}
