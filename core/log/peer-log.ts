// Lines that peers cause, from many places and about many peers: so many a minute for each, and for all. Each minute says how
// many were left out.
import { BoundedMap } from '../collections/bounded-map.ts';
import { hostOf, networkOf } from '../net/address-set.ts';
import type { Logger } from './log.ts';
import { wrapLog, writeLine, type LineLevel } from './wrapped-log.ts';

const MINUTE_MS = 60_000;
/** Lines about one peer, or about one stream. */
const MAX_LINES_EACH = 60;
/** Warnings and errors about all of them. */
const MAX_WARNINGS = 600;
const MAX_PEERS = 10_000;

type Fields = Readonly<Record<string, unknown>>;

export class PeerLog {
  readonly #inner: Logger;
  readonly #lines = new BoundedMap<string, number>(MAX_PEERS);
  #warnings = 0;
  #leftOut = 0;
  /** About whom lines were left out first. */
  #about = '';
  #since: number | undefined;

  constructor(log: Logger) {
    this.#inner = log;
  }

  /** A logger for what peers cause. Debug lines and those of the audit are not limited. */
  limit(log: Logger): Logger {
    return wrapLog(log, {
      write: (level, args) => {
        if (this.#admits(level, args)) writeLine(log, level, args);
      },
      child: (bindings, options) => this.limit(log.child(bindings, options)),
    });
  }

  /** Begins another minute when one is over. Called every second. @param now - monotonic milliseconds */
  tick(now: number): void {
    this.#since ??= now;
    if (now - this.#since < MINUTE_MS) return;
    if (this.#leftOut > 0)
      this.#inner.warn({ about: this.#about }, `${this.#leftOut} more lines like these were left out`);
    this.#since = now;
    this.#lines.clear();
    this.#warnings = 0;
    this.#leftOut = 0;
  }

  #admits(level: LineLevel, [first]: readonly unknown[]): boolean {
    if (level === 'trace' || level === 'debug') return true;
    const fields: Fields = typeof first === 'object' && first !== null ? (first as Fields) : {};
    if (fields['audit'] === true) return true;
    const about = aboutWhom(fields);
    const lines = this.#lines.get(about) ?? 0;
    const isFull = level !== 'info' && this.#warnings >= MAX_WARNINGS;
    if (lines >= MAX_LINES_EACH || isFull) {
      if (this.#leftOut++ === 0) this.#about = about;
      return false;
    }
    this.#lines.set(about, lines + 1);
    if (level !== 'info') this.#warnings++;
    return true;
  }
}

/** The peer's IPv4 address or IPv6 /64, its stream, or the plugin that failed. */
function aboutWhom({ remote, stream, session, hook, plugin, route }: Fields): string {
  if (typeof remote === 'string') return networkOf(hostOf(remote));
  if (typeof stream === 'string') return stream;
  return [session, plugin, hook, route].filter((each) => typeof each === 'string').join(' ');
}
