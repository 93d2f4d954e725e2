// MD5 sums of files, computed one after another in a thread beside the event loop.
import { Worker } from 'node:worker_threads';

/** The thread's program: a path comes in, a sum goes out. It reads only regular files, and follows no link. */
const PROGRAM = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const { constants } = require('node:fs');
const { open } = require('node:fs/promises');
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const buffer = Buffer.allocUnsafe(1024 * 1024);
parentPort.on('message', async (path) => {
  let handle;
  let sum;
  try {
    handle = await open(path, FLAGS);
    if (!(await handle.stat()).isFile()) throw new Error('no file');
    const hash = createHash('md5');
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
    }
    sum = hash.digest('hex');
  } catch {
    // It is gone, or cannot be read: there is no sum.
  }
  await handle?.close().catch(() => {});
  parentPort.postMessage(sum);
});
`;

/** Files that may wait. Those beyond get no sum. */
const MAX_WAITING = 10_000;

interface Job {
  readonly path: string;
  readonly resolve: (sum: string | undefined) => void;
}

export class Md5Thread {
  #worker: Worker | undefined;
  readonly #jobs: Job[] = [];
  #busy: Job | undefined;
  #stopped = false;

  /** Undefined for a file that cannot be read, and when too many wait or the thread is stopped. */
  sum(path: string): Promise<string | undefined> {
    if (this.#stopped || this.#jobs.length >= MAX_WAITING) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#jobs.push({ path, resolve });
      this.#next();
    });
  }

  /** Whoever waits gets no sum. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#giveUp();
    await this.#worker?.terminate();
  }

  #next(): void {
    if (this.#busy || this.#stopped) return;
    const job = this.#jobs.shift();
    if (!job) return;
    this.#busy = job;
    this.#worker ??= this.#startWorker();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(job.path);
  }

  #startWorker(): Worker {
    const worker = new Worker(PROGRAM, { eval: true });
    worker.unref();
    worker.on('message', (sum: string | undefined) => {
      this.#busy?.resolve(sum);
      this.#busy = undefined;
      this.#next();
    });
    // The next file gets a new one.
    worker.on('error', () => this.#lost(worker));
    worker.on('exit', () => this.#lost(worker));
    return worker;
  }

  #lost(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#busy?.resolve(undefined);
    this.#busy = undefined;
    this.#next();
  }

  #giveUp(): void {
    this.#busy?.resolve(undefined);
    this.#busy = undefined;
    for (const { resolve } of this.#jobs.splice(0)) resolve(undefined);
  }
}
