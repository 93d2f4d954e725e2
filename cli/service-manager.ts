// Tells systemd what the server does, through its program systemd-notify: Node has no datagrams on Unix sockets.
import { spawn } from 'node:child_process';
import type { Environment } from '../config/text/variables.ts';
import { messageOf } from '../core/errors.ts';

/** Tells a service manager, such as systemd. Resolves when it knows; rejects if it cannot be told. */
export type Notify = (fields: readonly string[]) => Promise<void>;

/** The program answers at once, or something is wrong with it. */
const ANSWER_MS = 5000;

/** Does nothing where no service manager waits to be told: systemd names its socket in the environment. */
export function notifySystemd(env: Environment): Notify {
  if (!env['NOTIFY_SOCKET']) return () => Promise.resolve();
  return (fields) =>
    new Promise((resolve, reject) => {
      const program = spawn('systemd-notify', [...fields], { stdio: 'ignore', timeout: ANSWER_MS });
      program.on('error', (error) => reject(new Error(`systemd-notify: ${messageOf(error)}`)));
      program.once('close', (code, signal) =>
        code === 0 ? resolve() : reject(new Error(`systemd-notify ended with ${signal ?? `code ${code}`}`)),
      );
    });
}

/** The states of a service, in systemd's words. */
export class ServiceManager {
  readonly #notify: Notify;
  readonly #onFailure: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(notify: Notify, onFailure: (error: unknown) => void) {
    this.#notify = notify;
    this.#onFailure = onFailure;
  }

  ready(status: string): Promise<void> {
    return this.#tell(['READY=1', `STATUS=${status}`]);
  }

  /** Followed by `ready`, whatever becomes of the reload. */
  reloading(): Promise<void> {
    return this.#tell(['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`]);
  }

  stopping(): Promise<void> {
    return this.#tell(['STOPPING=1']);
  }

  /** One after the other, so that the last word is the present state. */
  #tell(fields: readonly string[]): Promise<void> {
    this.#last = this.#last.then(() => this.#notify(fields)).catch(this.#onFailure);
    return this.#last;
  }
}
