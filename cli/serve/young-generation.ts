// The young generation of V8's heap grows with what lives through its collections, up to a limit of ours.
//
// A server with one stream drops nearly everything at once: one megabyte is enough, and more would hold garbage. With many
// streams packets wait for their window meanwhile; one megabyte is then collected so often that they count as old, and
// the whole heap has to be searched for them every few seconds. bench/README.md has the figures.
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Of both halves. V8 doubles them until they have it. */
const LIMIT_BYTES = 8 * 1024 * 1024;
const PERIOD_MS = 1000;
/** What a start leaves behind lives as long as the server, and says nothing of its load. */
const START_MS = 10_000;

/** The part of V8 that this needs. */
export interface YoungHeap {
  /** Both halves, in bytes. */
  size(): number;
  /** Whether V8 may double it when it finds that much survives. */
  allowGrowth(allowed: boolean): void;
}

export class YoungGeneration {
  readonly #heap: YoungHeap;
  #mayGrow = false;

  constructor(heap: YoungHeap) {
    this.#heap = heap;
  }

  get mayGrow(): boolean {
    return this.#mayGrow;
  }

  /**
   * Called about once a second, and after each collection while it may grow: V8 doubles it several times a second. V8 makes
   * it smaller by itself when little happens.
   */
  check(): void {
    const mayGrow = this.#heap.size() < LIMIT_BYTES;
    if (mayGrow === this.#mayGrow) return;
    this.#mayGrow = mayGrow;
    this.#heap.allowGrowth(mayGrow);
  }
}

export const V8_YOUNG_HEAP: YoungHeap = {
  size: () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? Infinity,
  allowGrowth: (allowed) => setFlagsFromString(`--semi-space-growth-factor=${allowed ? 2 : 1}`),
};

/** From a while after the start on. Does not keep the process alive. */
export function letYoungGenerationGrow(): void {
  const young = new YoungGeneration(V8_YOUNG_HEAP);
  const collections = new PerformanceObserver(() => {
    young.check();
    if (!young.mayGrow) collections.disconnect();
  });
  const look = (): void => {
    const before = young.mayGrow;
    young.check();
    if (young.mayGrow && !before) collections.observe({ entryTypes: ['gc'] });
  };
  setTimeout(() => setInterval(look, PERIOD_MS).unref(), START_MS).unref();
}
