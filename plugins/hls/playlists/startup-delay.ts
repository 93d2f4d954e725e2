// The start of a young stream is held back from players until there is enough of it to last until the next segment.
//
// A player that is given a playlist of one segment plays it at once. It looks for the next one a target duration after it
// began to load the playlist (RFC 8216 section 6.3.4), which is the very moment at which that one gets complete: if it
// looks a little earlier, it finds nothing, looks again half a target duration later and has nothing to play in the
// meantime. So its first playlists are held back a little. The master playlist takes the first half of the delay: the
// player's clock then starts between two segments. The media playlist takes the other half: what the player finds then is
// there before it is needed.

import type { HlsOptions } from '../schema.ts';

/** The playlist that a viewer requests first. One that gets no master playlist waits for everything at `media`. */
export type FirstPlaylist = 'master' | 'media';

export interface YoungStream {
  readonly options: Pick<HlsOptions, 'startupDelaySeconds'>;
  /** Seconds. */
  readonly targetDuration: number;
  /**
   * How far behind the stream, in milliseconds, a player is that plays the playlist from its start; infinite if the stream
   * has ended.
   */
  readonly reachMs: number;
  /** Resolves when something has changed, after `limitMs`, or when the signal aborts. */
  untilChange(limitMs: number, signal: AbortSignal): Promise<void>;
}

/** The milliseconds that the playlist has to wait; 0 for a stream that is no longer young. */
export function missingStartupDelay(
  { options, targetDuration, reachMs }: YoungStream,
  playlist: FirstPlaylist,
): number {
  const whole = Math.min(options.startupDelaySeconds, targetDuration / 2) * 1000;
  const wanted = playlist === 'master' ? whole / 2 : whole;
  return wanted === 0 ? 0 : Math.max(0, targetDuration * 1000 + wanted - reachMs);
}

/** Resolves when a viewer has waited long enough, or its signal aborts. */
export async function untilStartup(
  stream: YoungStream,
  playlist: FirstPlaylist,
  signal: AbortSignal,
): Promise<void> {
  let missing: number;
  while (!signal.aborted && (missing = missingStartupDelay(stream, playlist)) > 0)
    await stream.untilChange(missing, signal);
}
