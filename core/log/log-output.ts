// The way of log lines out of the process. A reader that stalls or has gone must cost the server neither memory nor its life:
// lines beyond a limit are dropped and counted, and the count is told when the reader reads again.
import { Writable } from 'node:stream';

/** The part of a stream that lines are written to. */
export interface LineOutput {
  write(line: string | Uint8Array): unknown;
  readonly writableLength?: number;
  on?(event: 'error', listener: () => void): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  listenerCount?(event: 'error'): number;
}

const MAX_WAITING_BYTES = 1024 * 1024;

export class LogOutput extends Writable {
  readonly #output: LineOutput;
  #dropped = 0;
  #stalled = false;
  #onBack: (dropped: number) => void = () => {};

  constructor(output: LineOutput) {
    super({ decodeStrings: false });
    this.#output = output;
    // Without a listener a reader that has gone (EPIPE) would end the process.
    if (!output.listenerCount?.('error')) output.on?.('error', () => {});
  }

  /** Lines that have been dropped and not told yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @param told - is to log how many lines are missing */
  onBack(told: (dropped: number) => void): void {
    this.#onBack = told;
  }

  override _write(line: string | Uint8Array, _encoding: string, done: () => void): void {
    if ((this.#output.writableLength ?? 0) > MAX_WAITING_BYTES) this.#stall();
    else this.#pass(line);
    done();
  }

  #stall(): void {
    this.#dropped++;
    if (this.#stalled) return;
    this.#stalled = true;
    this.#output.once?.('drain', () => {
      this.#stalled = false;
      this.#tellDropped();
    });
  }

  // An output of another program may throw: what logs goes on.
  #pass(line: string | Uint8Array): void {
    try {
      this.#output.write(line);
    } catch {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0 && !this.#stalled) queueMicrotask(() => this.#tellDropped());
  }

  #tellDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#onBack(dropped);
  }
}
