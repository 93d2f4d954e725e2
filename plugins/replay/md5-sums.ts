// MD5 sums of recordings, computed one after the other in a thread of their own.
import { Worker } from 'node:worker_threads';
import type { Logger } from 'livego';
import type { Recording } from './recording.ts';

/** What runs in the thread: a path comes in, a sum goes out. */
const PROGRAM = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
parentPort.on('message', (path) => {
  const hash = createHash('md5');
  createReadStream(path, { highWaterMark: 1024 * 1024 })
    .on('data', (bytes) => hash.update(bytes))
    .on('error', () => parentPort.postMessage(null))
    .on('end', () => parentPort.postMessage(hash.digest('hex')));
});
`;

type Subject = Pick<Recording, 'path' | 'bytes' | 'modifiedMs'>;

export class Md5Sums {
  readonly #log: Logger;
  /** By path. A file that changes has another sum. */
  readonly #sums = new Map<string, { readonly of: Subject; readonly sum: string }>();
  readonly #waiting = new Map<string, Subject>();
  #worker: Worker | undefined;
  #busy: Subject | undefined;
  #stopped = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  find(recording: Subject): string | undefined {
    const known = this.#sums.get(recording.path);
    return known && isSame(known.of, recording) ? known.sum : undefined;
  }

  add(recording: Subject): void {
    if (this.#stopped || this.find(recording) !== undefined) return;
    this.#waiting.set(recording.path, recording);
    this.#next();
  }

  /** The file is gone. */
  forget(path: string): void {
    this.#sums.delete(path);
    this.#waiting.delete(path);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#worker?.terminate();
  }

  #next(): void {
    const [next] = this.#waiting.values();
    if (this.#busy || !next || this.#stopped) return;
    this.#waiting.delete(next.path);
    this.#busy = next;
    this.#worker ??= this.#startWorker();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(next.path);
  }

  #startWorker(): Worker {
    const worker = new Worker(PROGRAM, { eval: true });
    worker.unref();
    worker.on('message', (sum: string | null) => {
      const of = this.#busy;
      this.#busy = undefined;
      if (of && sum !== null) this.#sums.set(of.path, { of, sum });
      this.#next();
    });
    worker.on('error', (error) => {
      this.#log.warn({ err: error }, 'MD5 sums cannot be computed');
      this.#stopped = true;
    });
    return worker;
  }
}

function isSame(one: Subject, other: Subject): boolean {
  return one.bytes === other.bytes && one.modifiedMs === other.modifiedMs;
}
