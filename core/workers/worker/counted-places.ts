// This worker's places among those of all workers, which the supervisor counts.
import { givingBack, type GiveBack, type SharedPlaces } from '../../collections/places.ts';
import type { SupervisorTalk } from './names.ts';

/** Without a limit nothing is counted, and nobody is asked. */
const UNCOUNTED: GiveBack = () => {};

export function countedPlaces(talk: () => SupervisorTalk): SharedPlaces {
  const giveBack = (name: string): GiveBack => givingBack(() => talk().tell('freePlace', { name }));
  return {
    take: async (name, most) => {
      if (most === Infinity) return UNCOUNTED;
      return (await talk().ask('takePlace', { name, most })) ? giveBack(name) : undefined;
    },
    wait: async (name, most) => {
      if (most === Infinity) return UNCOUNTED;
      await talk().ask('awaitPlace', { name, most });
      return giveBack(name);
    },
  };
}
