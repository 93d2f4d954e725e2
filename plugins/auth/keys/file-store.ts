// Channel keys in a file, `{"version":1,"rooms":{"movie":"…"}}`, which is replaced as a whole.
import * as disk from 'node:fs/promises';
import { LivegoError, messageOf } from 'livego';
import { readRegularFile, replaceFile } from 'livego/files';
import { indexOf, makeKey, type KeyStore } from './key-store.ts';

/** Only the server's own user may read keys. */
const MODE = 0o600;

export class FileStore implements KeyStore {
  readonly #file: string;
  #rooms: ReadonlyMap<string, string>;
  #byKey: ReadonlyMap<string, string>;
  /** The file as it was read or written last: the other workers of the server change it too. */
  #version = '';
  /** Changes come one after the other: each starts from the file as the one before has left it. */
  #writing: Promise<unknown> = Promise.resolve();
  /** The look at the file that has begun last. */
  #look: Promise<void> = Promise.resolve();
  /** The look that comes after it. */
  #nextLook: Promise<void> | undefined;

  private constructor(file: string, rooms: ReadonlyMap<string, string>) {
    this.#file = file;
    this.#rooms = rooms;
    this.#byKey = indexRooms(rooms);
  }

  /** Throws LVG_PLUGIN_FAILED for a file that is there and cannot be read. */
  static async open(file: string): Promise<FileStore> {
    try {
      return new FileStore(file, parse(await read(file)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new FileStore(file, new Map());
      const message = `auth.keyStore.file: ${file} cannot be read (${messageOf(error)}); restore it, or remove it to start without keys`;
      throw new LivegoError('LVG_PLUGIN_FAILED', message, { cause: error });
    }
  }

  async keyOf(room: string): Promise<string> {
    await this.#refresh();
    const present = this.#rooms.get(room);
    return present ?? (await this.#change((rooms) => rooms.get(room) ?? set(rooms, room)));
  }

  reset(room: string): Promise<string> {
    return this.#change((rooms) => set(rooms, room));
  }

  delete(room: string): Promise<boolean> {
    return this.#change((rooms) => rooms.delete(room));
  }

  async roomOf(key: string): Promise<string | undefined> {
    await this.#refresh();
    return this.#byKey.get(indexOf(key));
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  // A change that could not be written did not happen.
  #change<Result>(change: (rooms: Map<string, string>) => Result): Promise<Result> {
    const done = this.#writing.then(async () => {
      await this.#refresh();
      const rooms = new Map(this.#rooms);
      const result = change(rooms);
      const text = `${JSON.stringify({ version: 1, rooms: Object.fromEntries(rooms) }, null, 2)}\n`;
      await replaceFile(disk, this.#file, Buffer.from(text), MODE);
      this.#version = await versionOf(this.#file);
      this.#use(rooms);
      return result;
    });
    this.#writing = done.catch(() => {});
    return done;
  }

  /**
   * What the file had when this was called, or later, is known afterwards. Looks come one after the other, so that no older one
   * ends last. One that has begun may have seen the file before: calls meanwhile share the next.
   */
  #refresh(): Promise<void> {
    this.#nextLook ??= this.#look = this.#look.then(() => {
      this.#nextLook = undefined;
      return this.#readAnew();
    });
    return this.#nextLook;
  }

  // A file that is gone or damaged leaves the keys as they are.
  async #readAnew(): Promise<void> {
    const version = await versionOf(this.#file);
    if (version === this.#version) return;
    const text = await read(this.#file).catch(() => undefined);
    if (text === undefined) return;
    // Only now: whoever finds this version takes the keys for those of it.
    this.#version = version;
    try {
      this.#use(parse(text));
    } catch {
      // It is damaged.
    }
  }

  #use(rooms: ReadonlyMap<string, string>): void {
    this.#rooms = rooms;
    this.#byKey = indexRooms(rooms);
  }
}

/** A million keys. */
const MAX_FILE_BYTES = 128 * 1024 * 1024;

async function read(file: string): Promise<string> {
  return (await readRegularFile(file, { maxBytes: MAX_FILE_BYTES })).toString();
}

/** Another text for another content; empty if there is no file. */
async function versionOf(file: string): Promise<string> {
  const facts = await disk.stat(file).catch(() => undefined);
  return facts ? `${facts.ino} ${facts.mtimeMs} ${facts.size}` : '';
}

function set(rooms: Map<string, string>, room: string): string {
  const key = makeKey();
  rooms.set(room, key);
  return key;
}

function indexRooms(rooms: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...rooms].map(([room, key]) => [indexOf(key), room]));
}

function parse(text: string): ReadonlyMap<string, string> {
  const { version, rooms } = JSON.parse(text) as { version?: unknown; rooms?: unknown };
  if (version !== 1 || typeof rooms !== 'object' || rooms === null)
    throw new TypeError('it is no file of channel keys');
  const entries = Object.entries(rooms);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''))
    throw new TypeError('a key in it is no text');
  return new Map(entries);
}
