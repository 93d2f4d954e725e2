// Time limits of a connection: for its handshake, without a stream, and as a silent publisher.
import type { RtmpOptions } from './schema.ts';

/** The present state of a connection. */
export interface Activity {
  readonly handshakeDone: boolean;
  /** It publishes or plays. */
  readonly active: boolean;
  readonly publishing: boolean;
  /** How long its bytes may lie unread, in milliseconds. */
  readonly unreadMs: number;
}

export class SessionTimeouts {
  readonly #options: RtmpOptions;
  /** When the last bytes arrived, in monotonic milliseconds. */
  #heardAt: number;
  /** Since when it neither publishes nor plays. */
  #idleSince: number;

  constructor(options: RtmpOptions, now: number) {
    this.#options = options;
    this.#heardAt = now;
    this.#idleSince = now;
  }

  noteBytes(now: number): void {
    this.#heardAt = now;
  }

  /** The client has taken a step, or has stopped publishing or playing: the wait restarts. Not for a command that ends nothing. */
  restart(now: number): void {
    this.#idleSince = now;
  }

  /**
   * Why the connection is over; undefined while it is not.
   * @param readTimeoutMs - how long a publisher may be silent; 0: no limit
   */
  expired(now: number, activity: Activity, readTimeoutMs: number): string | undefined {
    const { handshakeTimeoutMs, commandTimeoutMs } = this.#options;
    if (!activity.active) {
      const limit = activity.handshakeDone ? commandTimeoutMs : handshakeTimeoutMs;
      if (now - this.#idleSince < limit) return undefined;
      return activity.handshakeDone
        ? `nothing was published or played within ${limit / 1000} s (rtmp.commandTimeoutMs)`
        : `the handshake took longer than ${limit / 1000} s (rtmp.handshakeTimeoutMs)`;
    }
    this.#idleSince = now;
    const silentMs = now - this.#heardAt - activity.unreadMs;
    if (!activity.publishing || readTimeoutMs === 0 || silentMs < readTimeoutMs) return undefined;
    return `the publisher sent nothing for ${readTimeoutMs / 1000} s (read_timeout)`;
  }
}
