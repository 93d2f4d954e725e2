// Tells how many connections have closed: once in each turn of the event loop, however many they are.

export class ClosedCount {
  readonly #tell: (count: number) => void;
  #count = 0;

  constructor(tell: (count: number) => void) {
    this.#tell = tell;
  }

  note(): void {
    if (this.#count++ > 0) return;
    setImmediate(() => {
      const count = this.#count;
      this.#count = 0;
      this.#tell(count);
    });
  }
}
