// The limits of viewers that have paused, as the options have them.
import { PausedViewers, type ServerContext } from 'livego';
import type { ReplayOptions } from './schema.ts';

export function pausesOf(
  { everywhere }: { readonly everywhere: Pick<ServerContext['everywhere'], 'partOf'> },
  { pauseSeconds, maxPaused }: Pick<ReplayOptions, 'pauseSeconds' | 'maxPaused'>,
): PausedViewers {
  return new PausedViewers({
    limitMs: pauseSeconds * 1000,
    // The number of workers may change while the instance stays.
    get most() {
      return everywhere.partOf(maxPaused);
    },
    names: { limitMs: 'replay.pauseSeconds', most: 'replay.maxPaused' },
  });
}
