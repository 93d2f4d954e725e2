// Notes that a presentation has changed, for workers that show what another one makes.
import { Waiters } from 'livego';

export class Changes {
  readonly #nonce: string;
  readonly #watchers = new Waiters();
  #count = 0;

  /** @param nonce - distinguishes the revisions of this presentation from those of others */
  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** Another text after each change. */
  get revision(): string {
    return `${this.#nonce}-${this.#count}`;
  }

  note(): void {
    this.#count++;
    this.#watchers.wake();
  }

  /** Resolves when something has changed since `revision`, or after `limitMs`. */
  async since(revision: string | undefined, limitMs: number): Promise<void> {
    if (revision === this.revision) await this.#watchers.wait(limitMs);
  }
}
