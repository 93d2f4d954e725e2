// Work that is done in turns of the event loop, in as many turns as it can be.
import { vi } from 'vitest';

/** While the work runs, every look at the clock finds it two milliseconds on: each step of it is a long one. */
export async function inManyTurns<Result>(work: () => Promise<Result>): Promise<Result> {
  let now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 2));
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}

/** Calls back in a later turn. */
export function turnsLater(turns: number, call: () => void): void {
  if (turns === 0) return call();
  setImmediate(() => turnsLater(turns - 1, call));
}

/** Counts the turns while it is not stopped. */
export class TurnCounter {
  turn = 0;
  #timer: NodeJS.Immediate = this.#next();

  stop(): void {
    clearImmediate(this.#timer);
  }

  #next(): NodeJS.Immediate {
    return setImmediate(() => {
      this.turn++;
      this.#timer = this.#next();
    });
  }
}
