// What one queue or cache holds of the media memory, told as an amount instead of as changes.

export class HeldBytes {
  readonly #hold: (change: number) => number;
  #bytes = 0;

  /** @param hold - counts a change; returns how many bytes are too many, as `context.holdMemory` does */
  constructor(hold: (change: number) => number) {
    this.#hold = hold;
  }

  /** It holds so many bytes now. Returns how many are too many. */
  set(bytes: number): number {
    const change = bytes - this.#bytes;
    this.#bytes = bytes;
    return this.#hold(change);
  }
}
