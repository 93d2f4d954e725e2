// Reading and writing big-endian bytes whose lengths cannot be trusted.
import { LivegoError, type ErrorCode } from '../errors.ts';

/** A cursor over bytes. Reading past the end throws the given code; no length is trusted before its bytes are there. */
export class ByteReader {
  readonly bytes: Buffer;
  offset = 0;
  readonly #code: ErrorCode;
  readonly #what: string;

  /** @param what names the thing being read, for messages: "AMF 0", "AVCDecoderConfigurationRecord" … */
  constructor(bytes: Buffer, code: ErrorCode, what: string) {
    this.bytes = bytes;
    this.#code = code;
    this.#what = what;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** The error for a fault at the present offset, to be thrown. */
  fault(message: string): LivegoError {
    return new LivegoError(this.#code, `${this.#what}: ${message} at offset ${this.offset}`);
  }

  /** Throws unless `count` units of at least `unitBytes` each can still follow. */
  expect(count: number, unitBytes = 1): void {
    if (count * unitBytes > this.remaining) {
      throw this.fault(`${count * unitBytes} bytes wanted, ${this.remaining} left`);
    }
  }

  u8(): number {
    return this.bytes.readUInt8(this.#advance(1));
  }

  u16(): number {
    return this.bytes.readUInt16BE(this.#advance(2));
  }

  i16(): number {
    return this.bytes.readInt16BE(this.#advance(2));
  }

  u24(): number {
    return this.bytes.readUIntBE(this.#advance(3), 3);
  }

  u32(): number {
    return this.bytes.readUInt32BE(this.#advance(4));
  }

  i32(): number {
    return this.bytes.readInt32BE(this.#advance(4));
  }

  f64(): number {
    return this.bytes.readDoubleBE(this.#advance(8));
  }

  utf8(length: number): string {
    const start = this.#advance(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** A view, not a copy. */
  slice(length: number): Buffer {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): number {
    const start = this.offset;
    if (length > this.bytes.length - start) {
      throw this.fault(`${length} bytes wanted, ${this.bytes.length - start} left`);
    }
    this.offset = start + length;
    return start;
  }
}

const FIRST_CAPACITY = 256;

/** Bytes that grow as they are written, up to a limit; beyond it the given code is thrown. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;
  readonly #maxBytes: number;
  readonly #code: ErrorCode;

  constructor(maxBytes: number, code: ErrorCode) {
    this.#bytes = Buffer.allocUnsafe(Math.min(FIRST_CAPACITY, maxBytes));
    this.#maxBytes = maxBytes;
    this.#code = code;
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#bytes.writeUInt8(value, at);
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#bytes.writeUInt16BE(value, at);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#bytes.writeUInt32BE(value, at);
  }

  i32(value: number): void {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
  }

  f64(value: number): void {
    const at = this.#grow(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  /** @param byteLength of `text` in UTF-8; callers have it for the length field. */
  utf8(text: string, byteLength: number): void {
    const at = this.#grow(byteLength);
    this.#bytes.write(text, at, byteLength, 'utf8');
  }

  append(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** A copy of the bytes written so far. */
  build(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #grow(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) this.#reallocate(needed);
    this.#length = needed;
    return at;
  }

  #reallocate(needed: number): void {
    if (needed > this.#maxBytes) {
      throw new LivegoError(this.#code, `a value takes more than ${this.#maxBytes} bytes; raise maxBytes`);
    }
    const capacity = Math.min(this.#maxBytes, Math.max(needed, this.#bytes.length * 2));
    const larger = Buffer.allocUnsafe(capacity);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
