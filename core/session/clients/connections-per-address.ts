// How many clients each address has at present.

export class Places {
  readonly #taken = new Map<string, number>();

  /**
   * Returns what gives the place back; undefined when the address has all that it may have.
   * @param most - 0 for no limit
   */
  take(address: string, most: number): (() => void) | undefined {
    const taken = this.#taken.get(address) ?? 0;
    if (most > 0 && taken >= most) return undefined;
    this.#taken.set(address, taken + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.#taken.get(address) ?? 1) - 1;
      if (left > 0) this.#taken.set(address, left);
      else this.#taken.delete(address);
    };
  }
}
