// Where a file can be entered: the `keyframes` of onMetaData.

export interface KeyframePlace {
  readonly timeMs: number;
  /** Of the tag, in bytes from the start of the file. */
  readonly position: number;
}

/** Holds a limited number of places. A long file has fewer, evenly spread. */
export class KeyframeIndex {
  readonly #limit: number;
  #places: KeyframePlace[] = [];
  /** Of so many places one is kept. */
  #stride = 1;
  #skipped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get places(): readonly KeyframePlace[] {
    return this.#places;
  }

  add(place: KeyframePlace): void {
    if (this.#skipped > 0) {
      this.#skipped--;
      return;
    }
    if (this.#places.length === this.#limit) {
      this.#places = this.#places.filter((_, index) => index % 2 === 0);
      this.#stride *= 2;
    }
    this.#places.push(place);
    this.#skipped = this.#stride - 1;
  }

  /** Forgets places from this position on: the file has been cut there. */
  cut(position: number): void {
    this.#places = this.#places.filter((place) => place.position < position);
  }
}
