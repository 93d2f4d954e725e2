// AES-128 keys of a stream's segments (RFC 8216, 4.3.2.4): made, rotated, forgotten together with their segments.
import { createCipheriv, randomBytes } from 'node:crypto';

const KEY_BYTES = 16;

/** The key of an encrypted segment, as its playlist describes it. */
export interface SegmentKey {
  /** Names the key in its URL. */
  readonly id: number;
  readonly iv: Buffer;
}

export class SegmentKeys {
  /** Keys by id, oldest first. */
  readonly #keys = new Map<number, Buffer>();
  #current: number | undefined;
  #used = 0;

  get all(): readonly (readonly [id: number, bytes: Buffer])[] {
    return [...this.#keys];
  }

  /** Keys of segments that another worker has made. */
  take(keys: readonly (readonly [id: number, bytes: Buffer])[]): void {
    for (const [id, bytes] of keys) this.#keys.set(id, bytes);
  }

  /** The bytes of a key that is still in use. */
  find(id: number): Buffer | undefined {
    return this.#keys.get(id);
  }

  /**
   * Encrypts a whole segment (AES-128-CBC with PKCS7 padding).
   *
   * @param id - names the key if there has to be a new one: the segment's own number, which no other key has
   * @param rotateSegments - how many segments share a key; 0 for all
   */
  encrypt(bytes: Buffer, id: number, rotateSegments: number): { bytes: Buffer; key: SegmentKey } {
    if (this.#current === undefined || (rotateSegments > 0 && this.#used >= rotateSegments)) {
      this.#current = id;
      this.#used = 0;
      this.#keys.set(id, randomBytes(KEY_BYTES));
    }
    this.#used++;
    const iv = randomBytes(KEY_BYTES);
    const cipher = createCipheriv('aes-128-cbc', this.#keys.get(this.#current)!, iv);
    const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return { bytes: encrypted, key: { id: this.#current, iv } };
  }

  /** Forgets the keys that are not among these ids. The current one stays. */
  keep(ids: ReadonlySet<number>): void {
    for (const id of this.#keys.keys()) if (id !== this.#current && !ids.has(id)) this.#keys.delete(id);
  }
}
