// Totals over all streams of a server.

/** `slowReaders` are connections that took nothing of a response for too long; `playlists` are media playlists built. */
type Total = 'segments' | 'segmentBytes' | 'playlists' | 'diskFailures' | 'slowReaders';

export class HlsCounters {
  readonly #totals = { segments: 0, segmentBytes: 0, playlists: 0, diskFailures: 0, slowReaders: 0 };

  get totals(): Readonly<Record<Total, number>> {
    return this.#totals;
  }

  count(total: Total, amount = 1): void {
    this.#totals[total] += amount;
  }
}
