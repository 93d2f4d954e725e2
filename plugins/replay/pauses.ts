// How long, and how many, viewers of recordings may take nothing. Viewers outlive the instance that they came to, so their
// places do too.
import { PausedViewers, type ServerWide } from 'livego';
import type { ReplayOptions } from './schema.ts';

interface Limits {
  readonly options: Pick<ReplayOptions, 'pauseSeconds' | 'maxPaused'>;
  readonly everywhere: Pick<ServerWide, 'partOf'>;
}

export class Pauses {
  /** Of the present instance. */
  #limits: Limits | undefined;
  readonly viewers: PausedViewers;

  constructor() {
    const limits = (): Limits | undefined => this.#limits;
    this.viewers = new PausedViewers({
      get limitMs() {
        return (limits()?.options.pauseSeconds ?? 0) * 1000;
      },
      // Each worker has an equal part of the number: what waits for viewers that pause is memory of its process. Workers come
      // and go.
      get most() {
        const present = limits();
        return present ? present.everywhere.partOf(present.options.maxPaused) : 0;
      },
      names: { limitMs: 'replay.pauseSeconds', most: 'replay.maxPaused' },
    });
  }

  use(limits: Limits): void {
    this.#limits = limits;
  }
}
