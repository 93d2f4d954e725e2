// A live stream that is played on a message stream. A player that connects before the publisher waits.
import { Denial, type Playback } from 'livego';
import type { Play, PlayOwner } from './play.ts';
import { PlayerTransport } from './player-transport.ts';

export interface LivePlaySpec {
  readonly name: string;
  readonly playback: Playback;
  /** Set by a player that asks for a part of the stream. */
  readonly durationMs: number | undefined;
}

/** The longest that a timer of Node waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class LivePlay implements Play {
  readonly playback: Playback;
  readonly #spec: LivePlaySpec;
  readonly #owner: PlayOwner;
  /** Set while a player that asked for a part of the stream plays. */
  #durationTimer: NodeJS.Timeout | undefined;
  #paused = false;
  #stopped = false;

  constructor(spec: LivePlaySpec, owner: PlayOwner) {
    this.playback = spec.playback;
    this.#spec = spec;
    this.#owner = owner;
  }

  start(): void {
    this.#owner.status.playStarts(this.#spec.name);
    // Not awaited: the client may send other commands while it waits for a publisher.
    this.#join().catch((error: unknown) => {
      if (!this.#stopped) this.#owner.failed(error);
    });
  }

  /** Packets that pass in the meantime are left out. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#owner.status.paused(this.#spec.name, paused ? 'paused' : 'continues');
    this.receive();
  }

  /** There is no other place in a live stream. */
  seek(): void {}

  receive(): void {
    if (this.#paused || !this.#owner.receives()) return this.playback.pause();
    this.playback.reformat(this.#owner.format());
    this.playback.resume();
  }

  /** It is sent as it comes. */
  setBuffer(): void {}

  tick(): void {}

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#durationTimer);
  }

  async #join(): Promise<void> {
    const stream = await this.playback.findStream();
    if (this.#stopped) return;
    const transport = new PlayerTransport(
      this.#owner.socket,
      (drained) => this.#owner.onDrain(drained),
      (cause) => this.#owner.end(cause),
    );
    const format = this.#owner.format();
    const denial = stream instanceof Denial ? stream : this.playback.start(stream, format, transport);
    if (denial) return this.#owner.failed(denial);
    // A tap of playStart may have ended it.
    if (this.#stopped) return;
    this.#endInTime();
    if (this.#paused || format.only !== undefined || !this.#owner.receives()) this.receive();
  }

  #endInTime(): void {
    const { durationMs } = this.#spec;
    if (durationMs === undefined || durationMs > MAX_TIMER_MS) return;
    const message = `it has played the ${durationMs / 1000} s that it asked for`;
    this.#durationTimer = setTimeout(() => this.#owner.end({ code: 'left', message }), durationMs);
  }
}
