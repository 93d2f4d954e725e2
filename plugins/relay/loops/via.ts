// Loops of relays: a stream must not come back to where it has been.
//
// Each stream of each server has a mark of its own. A relay names, in the words with which it introduces itself to its peer
// (flashVer, User-Agent), the marks of all places that the stream has passed on its way. A server that finds one of its own
// marks there denies the request. Servers that are no livego keep the marks to themselves. Of a loop through one of
// them the loop guard sees only that the server brings back what it is sent.
import { createHmac, randomBytes } from 'node:crypto';

const VIA = /livego; via ([0-9a-f]{12}(?:,[0-9a-f]{12})*)/;
const MARK_BYTES = 6;
/** A stream that has passed more places than this is taken for one that runs in a circle. */
export const MAX_MARKS = 16;

/** Tells the streams of one server from those of all others. */
export class Marks {
  #secret: Buffer = randomBytes(16);

  /** All workers of a server have the same. */
  use(secret: Buffer): void {
    this.#secret = secret;
  }

  /** @param key - `live/movie` */
  of(key: string): string {
    return createHmac('sha256', this.#secret)
      .update(key)
      .digest('hex')
      .slice(0, 2 * MARK_BYTES);
  }
}

/** The marks in a client's words, the oldest first. */
export function readVia(userAgent: string | undefined): readonly string[] {
  return VIA.exec(userAgent ?? '')?.[1]?.split(',') ?? [];
}

/** @param marks - the oldest first */
export function writeVia(marks: readonly string[]): string {
  return `livego; via ${marks.slice(-MAX_MARKS).join(',')}`;
}
