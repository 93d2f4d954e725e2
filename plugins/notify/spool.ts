// Deliveries on the disk: one file each, from the moment they are queued until they are done.
import * as disk from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, Throttle, type Logger } from 'livego';
import { readRegularFile, writeWhole } from 'livego/files';
import { parseDelivery, type Delivery } from './delivery.ts';

/** Bodies hold what clients gave, such as tokens. */
const MODE = 0o600;
const MAX_FILE_BYTES = 1024 * 1024;
const LOG_INTERVAL_MS = 10_000;
const NAME = /^(\d{13}-\d{8})\.json$/;
const TIME_DIGITS = 13;

export class Spool {
  readonly directory: string;
  readonly #log: Logger;
  readonly #files = new Map<string, { readonly path: string; readonly written: Promise<void> }>();
  #count = 0;
  /** Names rise also when the wall clock is set back, so that they keep the order and none is used twice. */
  #lastTime = 0;
  #failures = 0;
  readonly #lines = new Throttle(LOG_INTERVAL_MS);

  constructor(directory: string, log: Logger) {
    this.directory = directory;
    this.#log = log;
  }

  /** Deliveries that could not be written; they are in memory alone. */
  get failures(): number {
    return this.#failures;
  }

  /** Reads the deliveries that an earlier run has left, oldest first. */
  async load(): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    for (const name of (await disk.readdir(this.directory)).filter((each) => NAME.test(each)).sort()) {
      const path = join(this.directory, name);
      const delivery = parseDelivery(await this.#read(path));
      if (delivery) {
        this.#lastTime = Number(name.slice(0, TIME_DIGITS)) + 1;
        deliveries.push(delivery);
        this.#files.set(delivery.id, { path, written: Promise.resolve() });
      } else {
        this.#log.warn(`${path} holds no event that waits; it is left alone`);
      }
    }
    return deliveries;
  }

  save(delivery: Delivery): void {
    this.#count = (this.#count + 1) % 100_000_000;
    this.#lastTime = Math.max(this.#lastTime, delivery.createdAt);
    const name = `${String(this.#lastTime).padStart(TIME_DIGITS, '0')}-${String(this.#count).padStart(8, '0')}.json`;
    const path = join(this.directory, name);
    const bytes = Buffer.from(JSON.stringify(delivery));
    const written = writeWhole(disk, path, bytes, { mode: MODE }).catch((error: unknown) =>
      this.#noteFailure(error),
    );
    this.#files.set(delivery.id, { path, written });
  }

  remove({ id }: Delivery): void {
    const file = this.#files.get(id);
    this.#files.delete(id);
    if (!file) return;
    file.written
      .then(() => disk.rm(file.path, { force: true }))
      .catch((error: unknown) => this.#noteFailure(error));
  }

  /** Resolves when everything that was saved is on the disk. */
  async flush(): Promise<void> {
    await Promise.all([...this.#files.values()].map(({ written }) => written));
  }

  /** What cannot be read is no reason to stay away: it is named, and left alone. */
  async #read(path: string): Promise<string> {
    try {
      return (await readRegularFile(path, { maxBytes: MAX_FILE_BYTES })).toString();
    } catch (error) {
      this.#log.warn(`${path} cannot be read: ${messageOf(error)}`);
      return '';
    }
  }

  #noteFailure(error: unknown): void {
    this.#failures++;
    if (!this.#lines.admits()) return;
    this.#log.error(
      this.#lines.others,
      `notify.spool: ${this.directory} cannot be written to (${messageOf(error)})`,
    );
  }
}
