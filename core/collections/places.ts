// Places: under each name so many may be taken at a time. Those who wait for one get theirs in the order in which they came.
// A limit may change with the config: the newest one holds for all who wait.

/** Gives a place back. Called again, it does nothing. */
export type GiveBack = () => void;

/** Places of the whole server, which another process may count. */
export interface SharedPlaces {
  /** Resolves with what gives the place back; with undefined when all are taken. */
  take(name: string, most: number): Promise<GiveBack | undefined>;
  /** Resolves when there is one, with what gives it back. */
  wait(name: string, most: number): Promise<GiveBack>;
}

interface Taken {
  count: number;
  most: number;
  readonly waiting: Set<{ readonly got: () => void }>;
}

export class Places {
  readonly #taken = new Map<string, Taken>();

  /** Whether there was one. @param most - Infinity for no limit */
  take(name: string, most: number): boolean {
    this.#limit(name, most);
    if ((this.#taken.get(name)?.count ?? 0) >= most) return false;
    this.hold(name);
    return true;
  }

  /** Takes one, whatever the limit is. */
  hold(name: string): void {
    this.#of(name).count++;
  }

  /** Calls back with a place: at once, or when one is free. Returns what ends the wait. */
  wait(name: string, most: number, got: () => void): () => void {
    const { waiting } = this.#of(name);
    const each = { got };
    waiting.add(each);
    this.#limit(name, most);
    return () => {
      if (waiting.delete(each)) this.#proceed(name);
    };
  }

  /** Gives one back that was taken or waited for. */
  free(name: string): void {
    this.#of(name).count--;
    this.#proceed(name);
  }

  #of(name: string): Taken {
    const taken = this.#taken.get(name) ?? { count: 0, most: 0, waiting: new Set() };
    this.#taken.set(name, taken);
    return taken;
  }

  // Those who wait come before whoever takes one now.
  #limit(name: string, most: number): void {
    const taken = this.#taken.get(name);
    if (!taken) return;
    taken.most = most;
    this.#proceed(name);
  }

  #proceed(name: string): void {
    const taken = this.#of(name);
    for (const each of taken.waiting) {
      if (taken.count >= taken.most) break;
      taken.waiting.delete(each);
      taken.count++;
      each.got();
    }
    // One that got a place may have given it back at once, and taken another.
    const isOver = taken.count === 0 && taken.waiting.size === 0;
    if (isOver && this.#taken.get(name) === taken) this.#taken.delete(name);
  }
}

/** Of a server that runs in one process. */
export function localPlaces(): SharedPlaces {
  const places = new Places();
  const giveBack = (name: string): GiveBack => givingBack(() => places.free(name));
  return {
    take: (name, most) => Promise.resolve(places.take(name, most) ? giveBack(name) : undefined),
    wait: (name, most) =>
      new Promise((resolve) => void places.wait(name, most, () => resolve(giveBack(name)))),
  };
}

/** What gives a place back at most once. */
export function givingBack(free: () => void): GiveBack {
  let given = false;
  return () => {
    if (given) return;
    given = true;
    free();
  };
}
