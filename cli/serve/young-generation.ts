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
  /** Calls back soon after each collection. Returns a function that ends that. */
  watchCollections(callback: () => void): () => void;
}

export class YoungGeneration {
  readonly #heap: YoungHeap;
  /** While it may grow. V8 may double it several times a second. */
  #stopWatching: (() => void) | undefined;

  constructor(heap: YoungHeap) {
    this.#heap = heap;
  }

  /** Called about once a second: V8 makes it smaller by itself when little happens. */
  check(): void {
    const mayGrow = this.#heap.size() < LIMIT_BYTES;
    if (mayGrow === (this.#stopWatching !== undefined)) return;
    this.#heap.allowGrowth(mayGrow);
    this.#stopWatching?.();
    this.#stopWatching = mayGrow ? this.#heap.watchCollections(() => this.check()) : undefined;
  }
}

/** That of this process. */
export const V8_YOUNG_HEAP: YoungHeap = {
  size: () =>
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? Infinity,
  allowGrowth: (allowed) => setFlagsFromString(`--semi-space-growth-factor=${allowed ? 2 : 1}`),
  watchCollections(callback) {
    const observer = new PerformanceObserver(callback);
    observer.observe({ entryTypes: ['gc'] });
    return () => observer.disconnect();
  },
};

/** From a while after the start on. Does not keep the process alive. */
export function letYoungGenerationGrow(): void {
  const young = new YoungGeneration(V8_YOUNG_HEAP);
  setTimeout(() => setInterval(() => young.check(), PERIOD_MS).unref(), START_MS).unref();
}
