// Notices a peer that is connected and silent.
import { Acknowledgements } from './acknowledgements.ts';
import type { Failure } from './failure.ts';

interface LivenessSettings {
  readonly mode: 'publish' | 'play';
  readonly now: () => number;
  readonly timeouts: { readonly silenceTimeoutMs: number };
}

/** What has gone over a connection so far, in bytes. */
export interface LinkTraffic {
  readonly received: number;
  readonly sent: number;
}

/** A target is asked this often whether it is there, or at every `silenceTimeoutMs` if that is less. */
const PING_MS = 5000;

/**
 * A source is silent when no whole packet comes: one that sends a byte now and then is silent as well.
 *
 * A target need not send anything, so it is pinged. Servers may ignore pings, and may acknowledge nothing; one that has
 * done either is expected to go on. A target that does neither is noticed when it takes no more bytes.
 */
export class Liveness {
  readonly #settings: LivenessSettings;
  readonly #acknowledgements = new Acknowledgements();
  /** When the last packet of a source, or the last byte of a target, came. */
  #heardAt = 0;
  #receivedBytes = 0;
  #nextPingAt = 0;
  /** Since when a target owes an answer to a ping. */
  #unansweredSince: number | undefined;
  #answersPings = false;

  constructor(settings: LivenessSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#heardAt = this.#settings.now();
    this.#nextPingAt = 0;
    this.#acknowledgements.start(this.#heardAt);
  }

  noteMedia(): void {
    this.#heardAt = this.#settings.now();
  }

  /** An answer to a ping. */
  notePong(): void {
    this.#answersPings = true;
    this.#unansweredSince = undefined;
  }

  noteAcknowledgement(sentBytes: number): void {
    this.#acknowledgements.note(this.#settings.now(), sentBytes);
  }

  check(now: number, { received, sent }: LinkTraffic): Failure | 'ping' | undefined {
    const { mode, timeouts } = this.#settings;
    if (mode === 'publish') this.#noteBytes(now, received);
    const { silenceTimeoutMs } = timeouts;
    const since = mode === 'play' ? this.#heardAt : this.#owesSince(now, sent);
    if (since !== undefined && now - since >= silenceTimeoutMs) {
      const message = `the peer sent nothing for ${silenceTimeoutMs / 1000} s (silenceTimeoutMs)`;
      return { kind: 'silent', message };
    }
    if (mode === 'play' || now < this.#nextPingAt) return undefined;
    this.#nextPingAt = now + Math.min(PING_MS, silenceTimeoutMs);
    this.#unansweredSince ??= now;
    return 'ping';
  }

  /** Since when a target says nothing although it owes something. */
  #owesSince(now: number, sentBytes: number): number | undefined {
    const since = this.#answersPings
      ? this.#unansweredSince
      : this.#acknowledgements.overdueSince(now, sentBytes);
    return since === undefined ? undefined : Math.max(since, this.#heardAt);
  }

  #noteBytes(now: number, receivedBytes: number): void {
    if (receivedBytes === this.#receivedBytes) return;
    this.#receivedBytes = receivedBytes;
    this.#heardAt = now;
  }
}
