// The standard error of a program in our log: so many lines a second, secrets masked, the last ones kept.
import type { Logger } from 'livego';

const MAX_LINES_PER_SECOND = 10;
const MAX_KEPT = 20;
const MAX_LINE = 500;

export class ErrorLines {
  readonly #log: Logger;
  readonly #stream: string;
  readonly #now: () => number;
  /** As they came: most are never shown, and masking costs more than keeping. */
  readonly #kept: string[] = [];
  #second = 0;
  #lines = 0;
  #suppressed = 0;

  /** @param log - for lines that peers cause: a publisher may send what no program reads. @param stream - as it is shown */
  constructor(log: Logger, stream: string, now: () => number) {
    this.#log = log;
    this.#stream = stream;
    this.#now = now;
  }

  /** The last lines, the newest last. */
  get last(): readonly string[] {
    return this.#kept.map(maskSecrets);
  }

  add(text: string): void {
    const line = text.slice(0, MAX_LINE).trimEnd();
    if (line === '') return;
    if (this.#kept.push(line) > MAX_KEPT) this.#kept.shift();
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) this.#beginSecond(second);
    if (++this.#lines > MAX_LINES_PER_SECOND) {
      this.#suppressed++;
      return;
    }
    const serious = /\[(?:error|fatal|panic)\]/.test(line);
    this.#log[serious ? 'warn' : 'debug'](
      { stream: this.#stream },
      `engine of ${this.#stream}: ${maskSecrets(line)}`,
    );
  }

  #beginSecond(second: number): void {
    if (this.#suppressed > 0) this.#log.debug(`engine of ${this.#stream}: ${this.#suppressed} more lines`);
    this.#second = second;
    this.#lines = 0;
    this.#suppressed = 0;
  }
}

/** Passwords, queries and, of RTMP, the stream's name, which is often a key. */
export function maskSecrets(text: string): string {
  return text
    .replace(/(\w+:\/\/)[^\s/@]+@/g, '$1***@')
    .replace(/(\w+:\/\/[^\s?'"]+)\?[^\s'"]*/g, '$1?***')
    .replace(/(rtmps?:\/\/[^\s'"]+\/)[^\s/'":?]+/g, '$1***');
}
