// A live stream that is played on a message stream. A player that connects before the publisher waits.
import { Denial, type Playback } from 'livego';
import { responses, status } from 'livego/rtmp';
import type { Play, PlayOwner } from './play.ts';
import { PlayerTransport } from './player-transport.ts';

export class LivePlay implements Play {
  readonly playback: Playback;
  readonly active = true;
  readonly #name: string;
  readonly #owner: PlayOwner;
  #paused = false;
  #stopped = false;

  constructor(name: string, playback: Playback, owner: PlayOwner) {
    this.playback = playback;
    this.#name = name;
    this.#owner = owner;
  }

  start(): void {
    const { id, connection } = this.#owner;
    connection.sendUserControl({ event: 'stream-begin', streamId: id });
    this.#owner.send(status.playReset(this.#name));
    this.#owner.send(status.playStart(this.#name));
    connection.sendData(responses.sampleAccess(), id);
    // No NetStream.Data.Start behind it: ffmpeg takes that for a track of unknown data, and no player needs it.
    // Not awaited: the client may send other commands while it waits for a publisher.
    this.#join().catch((error: unknown) => {
      if (!this.#stopped) this.#owner.failed(error);
    });
  }

  /** Packets that pass in the meantime are left out. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    const { id, connection } = this.#owner;
    connection.sendUserControl({ event: paused ? 'stream-eof' : 'stream-begin', streamId: id });
    this.#owner.send(paused ? status.pauseNotify(this.#name) : status.unpauseNotify(this.#name));
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
    if (this.#paused || format.only !== undefined || !this.#owner.receives()) this.receive();
  }
}
