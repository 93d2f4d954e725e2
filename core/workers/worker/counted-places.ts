// This worker's places among those of all workers, which the supervisor counts.
//
// Nobody is asked for a place without a limit, and the supervisor is not told of it: most places have none. A new config may
// set one, for what was taken before as well. So the supervisor is told when a config is staged: it knows the places of all
// workers before the first of them applies the config. What is taken until the reload is over is told at once.
import { givingBack, type GiveBack, type SharedPlaces } from '../../collections/places.ts';
import type { SupervisorTalk } from './names.ts';

interface Uncounted {
  readonly name: string;
  isCounted: boolean;
}

export class CountedPlaces implements SharedPlaces {
  readonly #talk: () => SupervisorTalk;
  /** Places without a limit of which the supervisor does not know. */
  readonly #uncounted = new Set<Uncounted>();
  #countsAll = false;

  constructor(talk: () => SupervisorTalk) {
    this.#talk = talk;
  }

  async take(name: string, most: number): Promise<GiveBack | undefined> {
    if (most === Infinity) return this.takeUncounted(name);
    return (await this.#talk().ask('takePlace', { name, most })) ? this.#giveBack(name) : undefined;
  }

  async wait(name: string, most: number): Promise<GiveBack> {
    if (most === Infinity) return this.takeUncounted(name);
    await this.#talk().ask('awaitPlace', { name, most });
    return this.#giveBack(name);
  }

  /** One that has no limit. */
  takeUncounted(name: string): GiveBack {
    if (this.#countsAll) {
      this.#talk().tell('holdPlaces', { counts: [[name, 1]] });
      return this.#giveBack(name);
    }
    const place: Uncounted = { name, isCounted: false };
    this.#uncounted.add(place);
    return givingBack(() => {
      if (place.isCounted) this.#talk().tell('freePlace', { name });
      else this.#uncounted.delete(place);
    });
  }

  /** Another config is staged, perhaps with limits for what had none: every place counts, until `reloaded` is called. */
  countAll(): void {
    this.#countsAll = true;
    const counts = new Map<string, number>();
    for (const place of this.#uncounted) {
      place.isCounted = true;
      counts.set(place.name, (counts.get(place.name) ?? 0) + 1);
    }
    this.#uncounted.clear();
    if (counts.size > 0) this.#talk().tell('holdPlaces', { counts: [...counts] });
  }

  /** The config has been applied or rejected, and what it replaces has stopped. */
  reloaded(): void {
    this.#countsAll = false;
  }

  #giveBack(name: string): GiveBack {
    return givingBack(() => this.#talk().tell('freePlace', { name }));
  }
}
