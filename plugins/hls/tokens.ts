// Tokens of sessions: random, and signed, so that an invented one is known as such without looking anything up.
//
//   byte 0: the worker that has the session, and whether the player has come from another token; 1 to 9: random;
//   10 to 15: signature
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { WorkerNumber } from 'livego';
import type { PlayerOrigin } from './hls-session.ts';

const CONTENT_BYTES = 10;
const SIGNATURE_BYTES = 6;

/** The worker that gave a token out; 0 if it replaces a foreign one. */
export function workerOf(token: string): WorkerNumber {
  return Buffer.from(token.slice(0, 2), 'base64url')[0]! >> 1;
}

export class Tokens {
  #key: Buffer = randomBytes(32);
  #worker = 1;

  /** All workers of a server sign with the same key. */
  use(key: Buffer, worker: WorkerNumber): void {
    this.#key = key;
    this.#worker = worker;
  }

  make(): string {
    return this.#sign('new', randomBytes(CONTENT_BYTES));
  }

  /**
   * The token that takes the place of one that is not ours, such as one of an earlier run: the same for the same, so that a
   * player that keeps asking with its old token keeps its session.
   */
  replace(foreign: string): string {
    return this.#sign('returning', createHash('sha256').update(this.#key).update(foreign).digest());
  }

  /** Whose token it is; undefined if it is none of ours. */
  read(token: string): PlayerOrigin | undefined {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length !== CONTENT_BYTES + SIGNATURE_BYTES) return undefined;
    const content = bytes.subarray(0, CONTENT_BYTES);
    if (!timingSafeEqual(this.#signatureOf(content), bytes.subarray(CONTENT_BYTES))) return undefined;
    return (content[0]! & 1) === 1 ? 'returning' : 'new';
  }

  #sign(player: PlayerOrigin, random: Buffer): string {
    const content = Buffer.from(random.subarray(0, CONTENT_BYTES));
    // What replaces a foreign token is the same at all workers, and belongs to none of them.
    content[0] = player === 'returning' ? 1 : this.#worker << 1;
    return Buffer.concat([content, this.#signatureOf(content)]).toString('base64url');
  }

  #signatureOf(content: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(content).digest().subarray(0, SIGNATURE_BYTES);
  }
}
