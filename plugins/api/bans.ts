// Addresses that may not connect for a while, or until they are let in again.
import { AddressSet, Denial, hostOf } from 'livego';

export interface Ban {
  /** An address or a network. */
  readonly address: string;
  readonly reason: string;
  readonly at: string;
  /** null: until it is lifted. */
  readonly until: string | null;
}

const MAX_BANS = 10_000;

export class Bans {
  #bans: readonly Ban[] = [];
  #set = new AddressSet([]);

  /** Those that have not run out, the newest first. */
  get all(): readonly Ban[] {
    return this.#bans.filter(isInForce);
  }

  /** Throws a Denial for what is no address. */
  add(address: string, reason: string, seconds: number | undefined): Ban {
    const until = seconds === undefined ? null : new Date(Date.now() + seconds * 1000).toISOString();
    const ban = { address, reason, at: new Date().toISOString(), until };
    try {
      this.#replace([ban, ...this.all.filter((each) => each.address !== address)]);
    } catch (error) {
      if (error instanceof RangeError) throw new Denial('invalid', error.message);
      throw error;
    }
    return ban;
  }

  /** False if there was none. */
  remove(address: string): boolean {
    const rest = this.all.filter((each) => each.address !== address);
    const found = rest.length < this.all.length;
    this.#replace(rest);
    return found;
  }

  /** The ban of a client; undefined for one that is welcome. */
  find(remote: string): Ban | undefined {
    if (this.#set.isEmpty) return undefined;
    const host = hostOf(remote);
    if (!this.#set.has(host)) return undefined;
    return this.all.find(({ address }) => new AddressSet([address]).has(host));
  }

  toSave(): readonly Ban[] {
    return this.all;
  }

  restore(bans: readonly Ban[]): void {
    this.#replace(bans.filter(isInForce));
  }

  #replace(bans: readonly Ban[]): void {
    if (bans.length > MAX_BANS) throw new Denial('limit', `there are ${MAX_BANS} bans already`);
    this.#set = new AddressSet(bans.map(({ address }) => address));
    this.#bans = bans;
  }
}

function isInForce({ until }: Ban): boolean {
  return until === null || Date.parse(until) > Date.now();
}
