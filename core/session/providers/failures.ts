// Streams that could not be provided a moment ago. Each further attempt may cost a connection to an origin, so viewers that
// try again at once get the same answer instead.
import { BoundedMap } from '../../collections/bounded-map.ts';
import type { Denial } from '../denial.ts';

/** How long a stream that could not be provided is not tried again. */
const PAUSE_MS = 3000;

/** Streams that are remembered. */
const MAX_REMEMBERED = 10_000;

export class Failures {
  /** By stream key. */
  readonly #failures = new BoundedMap<string, { readonly denial: Denial; readonly until: number }>(
    MAX_REMEMBERED,
  );

  /** @param now - monotonic milliseconds */
  add(key: string, denial: Denial, now: number): void {
    for (const [oldest, { until }] of this.#failures) {
      if (until > now) break;
      this.#failures.delete(oldest);
    }
    this.#failures.set(key, { denial, until: now + PAUSE_MS });
  }

  /** What viewers of that stream are told for now; undefined if it may be tried. */
  find(key: string, now: number): Denial | undefined {
    const failure = this.#failures.get(key);
    return failure && now < failure.until ? failure.denial : undefined;
  }
}
