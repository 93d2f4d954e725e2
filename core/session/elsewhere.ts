// The other workers of the server, as the rooms of this one see them. core/workers implements it; a server that runs in
// one process has none.
import type { AppOptions } from '../options/options.ts';
import type { NowOrLater } from '../time/now-or-later.ts';
import type { OfferedProvider } from './application.ts';
import type { Session } from './session.ts';

/** The reason why a publisher does not get a name. */
export type NameRefusal = 'taken' | 'full' | 'application-full' | 'closing';

/** How a publisher wants its name. */
export interface NameTerms {
  readonly options: AppOptions;
  readonly duplicate: AppOptions['duplicate'];
}

/**
 * Where a stream is that this worker does not have. `here`: in no worker, and this one shall ask its plugins for a provider.
 * `waiting`: in no worker yet, and another worker asks its plugins; `provideMirror` is called when it appears.
 */
export type Found = OfferedProvider | 'here' | 'waiting';

export interface Elsewhere {
  /**
   * Claims a name for a publisher of this worker, and then calls `take`. The worker that has the name gives it up first.
   * Claims of one name come one after another.
   */
  claim<Taken>(
    publisher: Session,
    terms: NameTerms,
    take: (firstSequence: number) => Promise<Taken>,
  ): Promise<Taken | NameRefusal>;
  /** A stream that lived here has ended: its name is free. */
  release(key: string): void;
  /** A viewer of this worker waits for a stream. */
  find(viewer: Session): Promise<Found>;
  /**
   * Lets one worker at a time run what every worker's plugins want to publish. Calls back when it is this one's turn, and
   * returns a function that passes it on.
   */
  takeTurn(key: string, run: () => void): () => void;
  /**
   * A viewer of this worker wants to join a copy of a stream that has a limit of viewers, which holds for all workers.
   * Resolves with a function to call when it has joined or left; with undefined when the stream is full.
   */
  takeSeat(key: string): Promise<(() => void) | undefined>;
  /**
   * A client of that address connects. Returns what gives its place back; undefined if it has all it may have.
   * @param most - Infinity for no limit: then the place is known at once
   */
  takePlace(address: string, most: number): NowOrLater<(() => void) | undefined>;
}
