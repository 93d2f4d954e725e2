// How much of a young stream players are to have in hand when they begin, lest they run dry before the next segment.
//
// A player that is given a playlist of one segment plays it at once. It looks for the next a target duration after it
// began to load the playlist (RFC 8216, 6.3.4), which is the very moment at which that one gets complete: if it looks a
// little earlier, it finds nothing, looks again half a target duration later and has nothing to play meanwhile. So its
// first playlists are kept back a little. The master playlist takes the first half: the player's clock then starts
// between two segments. The media playlist takes the other: what is found then is there before it is needed.

/** Which playlist a viewer who begins asks for. One that gets no master playlist waits for everything at `media`. */
export type FirstPlaylist = 'master' | 'media';

export interface YoungStream {
  readonly targetDurationMs: number;
  /** How far behind the stream a player is that plays the playlist from its beginning. */
  readonly reachMs: number;
}

/** Milliseconds for which the playlist has to wait; 0 for a stream that is no longer young. */
export function missingHeadStart(playlist: FirstPlaylist, stream: YoungStream, limitMs: number): number {
  const whole = Math.min(limitMs, stream.targetDurationMs / 2);
  const wanted = playlist === 'master' ? whole / 2 : whole;
  if (wanted === 0) return 0;
  return Math.max(0, stream.targetDurationMs + wanted - stream.reachMs);
}
