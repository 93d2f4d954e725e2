// Reading single bits: parameter sets and audio headers consist of them.
import { LivegoError } from '../errors.ts';

/** Longest Exp-Golomb code that still fits a 32-bit value (H.264 clause 9.1). */
const MAX_LEADING_ZEROS = 32;

/** A cursor over bits, most significant first. Reading past the end throws LVG_MEDIA. */
export class BitReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #position = 0;

  /** @param what names the thing being read, for messages: "AVC SPS" … */
  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** Bits left. */
  get remaining(): number {
    return this.#bytes.length * 8 - this.#position;
  }

  /** Bits read. */
  get position(): number {
    return this.#position;
  }

  fault(message: string): LivegoError {
    return new LivegoError('LVG_MEDIA', `${this.#what}: ${message} at bit ${this.#position}`);
  }

  /** An unsigned number of 0 to 32 bits. */
  bits(count: number): number {
    this.#expect(count);
    let value = 0;
    let left = count;
    while (left > 0) {
      const byte = this.#bytes[this.#position >> 3] ?? 0;
      const available = 8 - (this.#position & 7);
      const taken = Math.min(available, left);
      const part = (byte >> (available - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + part;
      this.#position += taken;
      left -= taken;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    this.#expect(count);
    this.#position += count;
  }

  /** To the next whole byte. */
  align(): void {
    this.#position = (this.#position + 7) & ~7;
  }

  /** ue(v), H.264 clause 9.1, H.265 clause 9.2. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      if (++zeros > MAX_LEADING_ZEROS) throw this.fault('Exp-Golomb code of more than 32 bits');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** ue(v) of at most `max`; `name` is the syntax element's. */
  ueUpTo(max: number, name: string): number {
    const value = this.ue();
    if (value > max) throw this.fault(`${name} is ${value}; at most ${max} is allowed`);
    return value;
  }

  /** se(v), H.264 clause 9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : 0 - code / 2;
  }

  #expect(count: number): void {
    if (count > this.remaining) throw this.fault(`${count} bits wanted, ${this.remaining} left`);
  }
}
