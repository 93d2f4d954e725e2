// A picture that arrives in several messages of one timestamp. Drones and phones send slices as soon as they have them, and
// some encoders send parameter sets and SEI beforehand.
import type { PacketInfo } from '../packet.ts';

/** More than a picture has. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_MESSAGES = 256;

/** Holds the messages of one picture until it is whole. */
export class SplitPicture {
  readonly timestamp: number;
  #info: PacketInfo;
  #hasSlice: boolean;
  /** The first message, which is all there is to most pictures. */
  readonly #first: Buffer;
  /** The head of the message with the first slice, and the NAL units of all messages. */
  #head: Buffer;
  readonly #units: Buffer[];
  #bytes: number;

  /** @param start - where the NAL units of `payload` begin */
  constructor(info: PacketInfo, timestamp: number, payload: Buffer, start: number) {
    this.timestamp = timestamp;
    this.#info = info;
    this.#hasSlice = false;
    this.#first = payload;
    this.#head = payload.subarray(0, start);
    this.#units = [payload.subarray(start)];
    this.#bytes = payload.length;
  }

  get hasSlice(): boolean {
    return this.#hasSlice;
  }

  get info(): PacketInfo {
    return this.#info;
  }

  /** One message with all NAL units. */
  get payload(): Buffer {
    return this.#units.length === 1 ? this.#first : Buffer.concat([this.#head, ...this.#units]);
  }

  /** What is held has a slice now. */
  noteSlice(): void {
    this.#hasSlice = true;
  }

  /** Adds the NAL units of another message. False if that would be more than any picture has. */
  add(info: PacketInfo, payload: Buffer, start: number): boolean {
    if (this.#units.length === MAX_MESSAGES || this.#bytes + payload.length > MAX_BYTES) return false;
    if (!this.#hasSlice) {
      this.#info = info;
      this.#head = payload.subarray(0, start);
    }
    this.#units.push(payload.subarray(start));
    this.#bytes += payload.length;
    return true;
  }
}
