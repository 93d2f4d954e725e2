// Long work in short turns of the event loop: media, clients and timers get theirs in between.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A turn lasts about this long. Media that arrives meanwhile waits for no longer. */
const TURN_MS = 1.5;

/**
 * Does something with each item in order, in as many turns of the event loop as it takes. What happens in between is not
 * noticed: an item that is gone by its turn is used as it is then. A promise that `use` returns is waited for.
 */
export async function eachInTurns<Item>(items: Iterable<Item>, use: (item: Item) => unknown): Promise<void> {
  let began = performance.now();
  let isLong = false;
  for (const item of items) {
    if (isLong) {
      await nextTurn();
      began = performance.now();
    }
    const used = use(item);
    if (used instanceof Promise) await used;
    isLong = performance.now() - began > TURN_MS;
  }
  // What follows may be long as well.
  if (performance.now() - began > TURN_MS / 2) await nextTurn();
}

/** As `eachInTurns`, with the results in the order of the items. */
export async function mapInTurns<Item, Result>(
  items: Iterable<Item>,
  map: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  await eachInTurns(items, (item) => void results.push(map(item)));
  return results;
}

/** Steps that are unlike each other, in as many turns of the event loop as they take. */
export class Pace {
  #began = performance.now();

  /** To be awaited between two steps: resolves at once, or in the next turn if this one has taken long. */
  async next(): Promise<void> {
    if (performance.now() - this.#began <= TURN_MS) return;
    await nextTurn();
    this.#began = performance.now();
  }
}
