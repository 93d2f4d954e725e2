// The sinks of one stream. A sink that throws or is async is detached, and the others are still called.
import { callPlugin, requireSynchronous } from '../call-plugin.ts';
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log.ts';
import type { MediaPacket } from '../media/packet.ts';
import type { Sink } from './sink.ts';

export class SinkList {
  readonly #displayKey: string;
  readonly #log: Logger;
  /** Replaced, never changed: a sink may attach or detach others while it is called. */
  #sinks: readonly Sink[] = [];

  constructor(displayKey: string, log: Logger) {
    this.#displayKey = displayKey;
    this.#log = log;
  }

  get size(): number {
    return this.#sinks.length;
  }

  /** Adds a sink, which gets the backlog first. Returns a function that removes it. */
  add(sink: Sink, backlog: readonly MediaPacket[]): () => void {
    const remove = (): void => this.#remove(sink);
    for (const packet of backlog) if (!this.#write(sink, packet)) return remove;
    this.#sinks = [...this.#sinks, sink];
    return remove;
  }

  /** The packet path: no closure per packet. */
  write(packet: MediaPacket): void {
    const sinks = this.#sinks;
    for (let index = 0; index < sinks.length; index++) this.#write(sinks[index]!, packet);
  }

  discontinuity(): void {
    for (const sink of this.#sinks) this.#guard(sink, () => sink.discontinuity?.());
  }

  pause(): void {
    for (const sink of this.#sinks) this.#guard(sink, () => sink.pause?.());
  }

  /** Ends and removes all sinks. */
  end(cause: EndCause): void {
    for (const sink of this.#sinks) this.#guard(sink, () => sink.end?.(cause));
    this.#sinks = [];
  }

  /** False if the sink failed and was dropped. */
  #write(sink: Sink, packet: MediaPacket): boolean {
    try {
      const returned: unknown = sink.write(packet);
      if (returned !== undefined) requireSynchronous(returned, 'write');
      return true;
    } catch (error) {
      this.#dropFaulty(sink, error);
      return false;
    }
  }

  #guard(sink: Sink, call: () => void): void {
    callPlugin(call, (error) => this.#dropFaulty(sink, error));
  }

  #dropFaulty(sink: Sink, error: unknown): void {
    this.#log.error(
      { err: error, stream: this.#displayKey },
      'a sink failed and was detached; the stream continues without it',
    );
    this.#remove(sink);
  }

  #remove(sink: Sink): void {
    this.#sinks = this.#sinks.filter((each) => each !== sink);
  }
}
