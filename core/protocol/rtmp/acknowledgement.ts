// When an Acknowledgement is due (RTMP 1.0, 5.4.3 to 5.4.5). Counts bytes of the chunk stream, handshake excluded.
import type { BandwidthLimit } from './message.ts';

/** Bytes after which a peer that never named a window gets an acknowledgement; some encoders stall without any. */
const DEFAULT_WINDOW = 2_500_000;

/** The bytes that we have received, and those that we still have to acknowledge. */
export class ReceiveWindow {
  #window = DEFAULT_WINDOW;
  #total = 0;
  #acknowledged = 0;

  /** All bytes received, not wrapped. */
  get total(): number {
    return this.#total;
  }

  /** The peer's Window Acknowledgement Size, in bytes; 0 asks for no acknowledgements. */
  setWindow(size: number): void {
    this.#window = size;
  }

  /**
   * Counts received bytes. Returns the sequence number to acknowledge, wrapped to 32 bits, when one is due.
   *
   * It is due at half the window. Some peers count their handshake, others stop shortly before the window is full; both
   * would otherwise wait for us while we wait for them.
   */
  receive(bytes: number): number | undefined {
    this.#total += bytes;
    if (this.#window === 0 || this.#total - this.#acknowledged < this.#window / 2) return undefined;
    this.#acknowledged = this.#total;
    return this.#total % 2 ** 32;
  }
}

/** The window that the peer wants us to ask for: Set Peer Bandwidth → Window Acknowledgement Size. */
export class SendWindow {
  #size: number | undefined;
  #limit: BandwidthLimit = 'hard';

  /** The size that was last announced to the peer, in bytes. */
  get size(): number | undefined {
    return this.#size;
  }

  /** Remembers a size that we have announced ourselves. */
  announce(size: number): void {
    this.#size = size;
  }

  /** Takes Set Peer Bandwidth. Returns the size to announce if it differs from the last one (5.4.5). */
  limit(size: number, limit: BandwidthLimit): number | undefined {
    if (limit === 'dynamic' && this.#limit !== 'hard') return undefined;
    const next = limit === 'soft' && this.#size !== undefined ? Math.min(size, this.#size) : size;
    if (limit !== 'dynamic') this.#limit = limit;
    if (next === this.#size) return undefined;
    this.#size = next;
    return next;
  }
}
