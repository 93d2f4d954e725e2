// Opens an address that excludes another one: `:1935` becomes `127.0.0.1:1935`, or the other way round.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/log.ts';
import { formatAddress } from './address.ts';
import { explainListenError, type Listener } from './listener.ts';

/**
 * A program that this process starts has copies of all its sockets until it runs, so a port that has closed may be in use for
 * a moment more. It is tried again after each of these.
 */
const RETRIES_MS = [1, 4, 16, 64];

/**
 * Every interface and one of them exclude each other on one port, and so do two names of one interface: the system does
 * not open the second. The old listener must then close before the new one can open. This is the only case in which a port
 * is closed during a reload, for some microseconds. Open connections are not affected.
 */
export class AddressSwap {
  readonly #log: Logger;
  /** Listeners that closed so that the new one could open. */
  readonly #displaced: readonly Listener[];

  private constructor(log: Logger, displaced: readonly Listener[]) {
    this.#log = log;
    this.#displaced = displaced;
  }

  /**
   * Opens a listener; others give way only if they must. Throws LVG_LISTEN; then the others listen as before.
   * @param outgoing - listeners that may give way
   */
  static async open(
    listener: Listener,
    option: string,
    outgoing: readonly Listener[],
    log: Logger,
  ): Promise<AddressSwap> {
    try {
      await listener.open();
      return new AddressSwap(log, []);
    } catch (error) {
      if (outgoing.length === 0 || !isInUse(error)) throw explainListenError(error, listener.address, option);
    }
    for (const each of outgoing) each.close();
    const swap = new AddressSwap(log, outgoing);
    try {
      await openSoon(listener);
      return swap;
    } catch (error) {
      await swap.undo(outgoing).opened;
      throw explainListenError(error, listener.address, option);
    }
  }

  /** The new listener has closed, or could not open. The listeners that gave way to it open again if they are still held. */
  undo(held: readonly Listener[]): { readonly back: readonly Listener[]; readonly opened: Promise<unknown> } {
    const back = this.#displaced.filter((each) => held.includes(each));
    return { back, opened: Promise.all(back.map((each) => this.#reopen(each))) };
  }

  async #reopen(listener: Listener): Promise<void> {
    try {
      await openSoon(listener);
    } catch (error) {
      this.#log.error({ err: error }, `${formatAddress(listener.address)} could not be opened again`);
    }
  }
}

/** Opens a listener where another one has closed. Rejects with the system's error. */
async function openSoon(listener: Listener): Promise<void> {
  for (const retryMs of RETRIES_MS) {
    try {
      return await listener.open();
    } catch (error) {
      if (!isInUse(error)) throw error;
    }
    await sleep(retryMs);
  }
  return await listener.open();
}

function isInUse(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}
