// Viewers of recordings that take no byte for a while. Most of them have paused: many players then stop to read, and say
// nothing. Such a viewer costs little more than its socket, so it may stay for long; but only so many at a time.
//
//             takes nothing for 10 s            as long as allowed, or more viewers have paused than may
//   reading ─────────────────────────▶ paused ─────────────────────────────────────────────────────────▶ closed
//      ▲                                  │
//      └───────── takes a byte ───────────┘
//
import type { EndCause } from '../../end-cause.ts';

const PAUSED_AFTER_MS = 10_000;

/** Looks that are further apart than this show that the process stood still. The viewer may not have. */
const MAX_LOOK_GAP_MS = 5000;

export interface PausedViewersLimits {
  /** A viewer that takes nothing for longer is closed; 0: no limit. */
  readonly limitMs: number;
  /** Read each time. Beyond this many, those are closed that have taken nothing for longest. */
  readonly most: number;
  /** What the limits are called: "replay.pauseSeconds". */
  readonly names: { readonly limitMs: string; readonly most: string };
}

/** What a connection has done since it opened. */
export interface TakenBytes {
  /** Bytes that the system has taken. */
  readonly takenBytes: number;
  /** Bytes that wait. */
  readonly queuedBytes: number;
}

export class PausedViewers {
  readonly #limits: PausedViewersLimits;
  /** The one that has taken nothing for longest comes first. */
  readonly #paused = new Set<WatchedViewer>();

  constructor(limits: PausedViewersLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#paused.size;
  }

  /** @param close - called once, when the viewer has been paused for too long */
  watch(close: (cause: EndCause) => void): WatchedViewer {
    return new WatchedViewer(close, this);
  }

  /** For `WatchedViewer`: it has taken nothing for `silentMs`. */
  note(viewer: WatchedViewer, silentMs: number): void {
    const { limitMs, most, names } = this.#limits;
    if (limitMs > 0 && silentMs >= limitMs)
      return viewer.close(`it took nothing for ${limitMs / 1000} s (${names.limitMs})`);
    if (silentMs < PAUSED_AFTER_MS) return;
    this.#paused.add(viewer);
    const [longest] = this.#paused;
    if (this.#paused.size > most)
      longest?.close(`it had paused for longest of more than ${most} viewers (${names.most})`);
  }

  /** For `WatchedViewer`: it takes bytes, or has left. */
  forget(viewer: WatchedViewer): void {
    this.#paused.delete(viewer);
  }
}

/** One viewer. Its owner looks at the connection about once a second. */
export class WatchedViewer {
  readonly #close: (cause: EndCause) => void;
  readonly #all: PausedViewers;
  #takenBytes = -1;
  #takenAt = 0;
  #lookedAt = 0;
  #over = false;

  constructor(close: (cause: EndCause) => void, all: PausedViewers) {
    this.#close = close;
    this.#all = all;
  }

  /** @param now - monotonic milliseconds */
  look({ takenBytes, queuedBytes }: TakenBytes, now: number): void {
    if (this.#over) return;
    const stoodStill = now - this.#lookedAt > MAX_LOOK_GAP_MS;
    this.#lookedAt = now;
    if (stoodStill || queuedBytes === 0 || takenBytes !== this.#takenBytes) {
      this.#takenBytes = takenBytes;
      this.#takenAt = now;
      return this.#all.forget(this);
    }
    this.#all.note(this, now - this.#takenAt);
  }

  /** It has left. */
  leave(): void {
    this.#over = true;
    this.#all.forget(this);
  }

  /** For `PausedViewers`. */
  close(message: string): void {
    this.leave();
    this.#close({ code: 'slow', message });
  }
}
