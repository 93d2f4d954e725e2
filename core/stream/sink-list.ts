// The sinks of one stream. A sink that throws or is async is detached, and the others are still called.
import { callPlugin, requireSynchronous } from '../call-plugin.ts';
import type { EndCause } from '../end-cause.ts';
import type { Logger } from '../log/log.ts';
import type { MediaPacket } from '../media/packet.ts';
import type { DiscontinuityReason, Sink } from './sink.ts';

/** One attachment of a sink, which may be attached several times. */
export interface Attachment {
  readonly sink: Sink;
  /** False from the moment it is removed, also for what is being delivered just then. */
  attached: boolean;
}

export class SinkList {
  readonly #displayKey: string;
  readonly #log: Logger;
  /** Replaced, never changed: a sink may attach or detach others while it is called. */
  #attachments: readonly Attachment[] = [];

  constructor(displayKey: string, log: Logger) {
    this.#displayKey = displayKey;
    this.#log = log;
  }

  get size(): number {
    return this.#attachments.length;
  }

  /** Adds a sink, which gets the backlog first. Returns a function that removes it. */
  add(sink: Sink, backlog: readonly MediaPacket[]): () => void {
    const attachment = { sink, attached: true };
    const remove = (): void => this.#remove(attachment);
    for (const packet of backlog) if (!this.#write(attachment, packet)) return remove;
    this.#attachments = [...this.#attachments, attachment];
    return remove;
  }

  /** The sinks that are attached now. */
  get present(): readonly Attachment[] {
    return this.#attachments;
  }

  /**
   * The packet path: no closure per packet.
   * @param attachments - those that were present before the packet was kept for joiners: later ones have it already
   */
  write(packet: MediaPacket, attachments: readonly Attachment[]): void {
    for (let index = 0; index < attachments.length; index++) {
      const attachment = attachments[index]!;
      if (attachment.attached) this.#write(attachment, packet);
    }
  }

  discontinuity(reason: DiscontinuityReason): void {
    this.#tell((sink) => sink.discontinuity?.(reason));
  }

  pause(): void {
    this.#tell((sink) => sink.pause?.());
  }

  /** Ends and removes all sinks. */
  end(cause: EndCause): void {
    this.#tell((sink) => sink.end?.(cause));
    this.#attachments = [];
  }

  /** False if the sink failed and was dropped. */
  #write(attachment: Attachment, packet: MediaPacket): boolean {
    try {
      const returned: unknown = attachment.sink.write(packet);
      if (returned !== undefined) requireSynchronous(returned, 'write');
      return true;
    } catch (error) {
      this.#dropFaulty(attachment, error);
      return false;
    }
  }

  #tell(call: (sink: Sink) => void): void {
    for (const attachment of this.#attachments) {
      if (!attachment.attached) continue;
      callPlugin(
        () => call(attachment.sink),
        (error) => this.#dropFaulty(attachment, error),
      );
    }
  }

  #dropFaulty(attachment: Attachment, error: unknown): void {
    this.#log.error(
      { err: error, stream: this.#displayKey },
      'a sink failed and was detached; the stream continues without it',
    );
    this.#remove(attachment);
  }

  #remove(attachment: Attachment): void {
    if (!attachment.attached) return;
    attachment.attached = false;
    this.#attachments = this.#attachments.filter((each) => each !== attachment);
  }
}
