// Notices a peer that is connected and silent.
import type { Failure } from './failure.ts';

interface LivenessSettings {
  readonly mode: 'publish' | 'play';
  readonly now: () => number;
  readonly timeouts: { readonly silenceTimeoutMs: number };
}

/** A target is asked this often whether it is there, or at every `silenceTimeoutMs` if that is less. */
const PING_MS = 5000;

/**
 * A source is silent when no whole packet comes: one that sends a byte now and then is silent as well. A target need
 * not send anything, so it is pinged. Servers may ignore pings; only one that has answered some is expected to answer all.
 */
export class Liveness {
  readonly #settings: LivenessSettings;
  /** When the last packet of a source came. */
  #heardAt = 0;
  #receivedBytes = 0;
  #nextPingAt = 0;
  /** Since when a target owes an answer. */
  #unansweredSince: number | undefined;
  #answers = false;

  constructor(settings: LivenessSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#heardAt = this.#settings.now();
    this.#nextPingAt = 0;
  }

  noteMedia(): void {
    this.#heardAt = this.#settings.now();
  }

  /** @param receivedBytes - everything that the peer has sent so far */
  check(now: number, receivedBytes: number): Failure | 'ping' | undefined {
    const { mode, timeouts } = this.#settings;
    if (mode === 'publish') this.#noteAnswer(receivedBytes);
    const since = mode === 'play' ? this.#heardAt : this.#answers ? this.#unansweredSince : undefined;
    const { silenceTimeoutMs } = timeouts;
    if (since !== undefined && now - since >= silenceTimeoutMs) {
      const message = `the peer sent nothing for ${silenceTimeoutMs / 1000} s (silenceTimeoutMs)`;
      return { kind: 'silent', message };
    }
    if (mode === 'play' || now < this.#nextPingAt) return undefined;
    this.#nextPingAt = now + Math.min(PING_MS, silenceTimeoutMs);
    this.#unansweredSince ??= now;
    return 'ping';
  }

  #noteAnswer(receivedBytes: number): void {
    if (receivedBytes === this.#receivedBytes) return;
    this.#receivedBytes = receivedBytes;
    if (this.#unansweredSince !== undefined) this.#answers = true;
    this.#unansweredSince = undefined;
  }
}
