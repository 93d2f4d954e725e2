// Addresses that may not connect for a while, or until they are let in again.
import { AddressMap, Denial, hostOf } from 'livego';

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
  /** The newest first; one for each network, however it is spelled. */
  #bans: readonly Ban[] = [];
  /** A banned client may connect again and again: each time must cost little, however many bans there are. */
  readonly #byAddress = new AddressMap<Ban>();

  /** Those that have not run out, the newest first. */
  get all(): readonly Ban[] {
    return this.#bans.filter(isInForce);
  }

  /** Throws a Denial for what is no address. */
  add(address: string, reason: string, seconds: number | undefined): Ban {
    const until = seconds === undefined ? null : new Date(Date.now() + seconds * 1000).toISOString();
    const ban = { address, reason, at: new Date().toISOString(), until };
    const present = this.#byAddress.get(address);
    try {
      this.#replace([ban, ...this.all.filter((each) => each !== present)]);
    } catch (error) {
      if (error instanceof RangeError) throw new Denial('invalid', error.message);
      throw error;
    }
    return ban;
  }

  /** False if there was none. */
  remove(address: string): boolean {
    const present = this.#byAddress.get(address);
    const rest = this.all.filter((each) => each !== present);
    const found = present !== undefined && isInForce(present);
    this.#replace(rest);
    return found;
  }

  /** The ban of a client; undefined for one that is welcome. */
  find(remote: string): Ban | undefined {
    if (this.#byAddress.isEmpty) return undefined;
    for (const ban of this.#byAddress.holding(hostOf(remote))) if (isInForce(ban)) return ban;
    return undefined;
  }

  toSave(): readonly Ban[] {
    return this.all;
  }

  /** Throws RangeError for what is no address. Of several for one network, that which lasts longest counts. */
  restore(bans: readonly Ban[]): void {
    const known = new Map(this.#bans.map((ban) => [keyOf(ban), ban]));
    this.#replace(this.#oneOfEach(bans.filter(isInForce).map((ban) => known.get(keyOf(ban)) ?? ban)));
  }

  /** What stays is not looked up again: it has a network of its own. */
  #oneOfEach(bans: readonly Ban[]): readonly Ban[] {
    const before = new Set(this.#bans);
    const after = new Set(bans);
    const longest = new AddressMap<Ban>();
    for (const ban of after) {
      if (before.has(ban)) continue;
      const present = this.#byAddress.get(ban.address);
      const rival = longest.get(ban.address) ?? (present && after.has(present) ? present : undefined);
      const [shorter, longer] = rival && endOf(ban) > endOf(rival) ? [rival, ban] : [ban, rival];
      if (longer) after.delete(shorter);
      longest.set(ban.address, longer ?? ban);
    }
    return [...after];
  }

  /** What stays is not indexed again: workers tell each other all bans at every change. */
  #replace(bans: readonly Ban[]): void {
    if (bans.length > MAX_BANS) throw new Denial('limit', `there are ${MAX_BANS} bans already`);
    const before = new Set(this.#bans);
    const after = new Set(bans);
    for (const ban of bans) if (!before.has(ban)) this.#byAddress.set(ban.address, ban);
    for (const ban of this.#bans)
      if (!after.has(ban) && this.#byAddress.get(ban.address) === ban) this.#byAddress.delete(ban.address);
    this.#bans = bans;
  }
}

function keyOf({ address, at, until, reason }: Ban): string {
  return JSON.stringify([address, at, until, reason]);
}

function isInForce(ban: Ban): boolean {
  return endOf(ban) > Date.now();
}

function endOf({ until }: Pick<Ban, 'until'>): number {
  return until === null ? Infinity : Date.parse(until);
}
