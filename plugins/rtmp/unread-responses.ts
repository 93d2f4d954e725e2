// Responses that a client provokes and does not read.

/** A client with more unread responses than this is cut off. */
const MAX_UNREAD_BYTES = 256 * 1024;

export class UnreadResponses {
  #bytes = 0;

  /**
   * Counts a response that was written. Tells whether the client has too many unread.
   * @param queuedBytes - bytes that the connection has not passed on
   */
  exceeds(bytes: number, queuedBytes: number): boolean {
    if (queuedBytes < MAX_UNREAD_BYTES) this.#bytes = 0;
    this.#bytes += bytes;
    return this.#bytes > MAX_UNREAD_BYTES;
  }

  /** The connection has passed on everything. */
  reset(): void {
    this.#bytes = 0;
  }
}
