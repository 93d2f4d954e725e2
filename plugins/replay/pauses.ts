// How long, and how many, viewers of recordings may take nothing.
import { PausedViewers, type ServerWide } from 'livego';
import type { ReplayOptions } from './schema.ts';

/** Each worker has an equal part of the number: what waits for viewers that pause is memory of its process. */
export function pausesOf(
  { pauseSeconds, maxPaused }: Pick<ReplayOptions, 'pauseSeconds' | 'maxPaused'>,
  everywhere: Pick<ServerWide, 'partOf'>,
): PausedViewers {
  return new PausedViewers({
    limitMs: pauseSeconds * 1000,
    // Workers come and go.
    get most() {
      return everywhere.partOf(maxPaused);
    },
    names: { limitMs: 'replay.pauseSeconds', most: 'replay.maxPaused' },
  });
}
