// The message streams of one connection (RTMP 1.0, 7.2.1.3).
import { LivegoError } from 'livego';
import type { ControlMessage } from 'livego/rtmp';
import type { MessageStream } from './message-stream.ts';

export class MessageStreams {
  readonly #max: number;
  readonly #make: (id: number) => MessageStream;
  readonly #streams = new Map<number, MessageStream>();
  #nextId = 1;

  /** @param max - `rtmp.maxStreamsPerConnection` */
  constructor(max: number, make: (id: number) => MessageStream) {
    this.#max = max;
    this.#make = make;
  }

  get size(): number {
    return this.#streams.size;
  }

  get all(): readonly MessageStream[] {
    return [...this.#streams.values()];
  }

  /** Called about once a second. Returns what they do together. */
  tick(now: number): { readonly active: boolean; readonly publishing: boolean } {
    const all = this.all;
    for (const stream of all) stream.tick(now);
    return {
      active: all.some((stream) => stream.active),
      publishing: all.some((stream) => stream.publishing),
    };
  }

  /** Why `create` makes none. */
  get fullReason(): string {
    return `a connection may have ${this.#max} streams (rtmp.maxStreamsPerConnection)`;
  }

  find(id: number): MessageStream | undefined {
    return this.#streams.get(id);
  }

  /** The publishing stream that media belongs to. Some encoders send it on another message stream than the one they published on. */
  findForMedia(id: number): MessageStream | undefined {
    const present = this.#streams.get(id);
    if (present?.publishing) return present;
    const publishers = this.all.filter((stream) => stream.publishing);
    return publishers.length === 1 ? publishers[0] : undefined;
  }

  /** Protocol control that concerns one stream. */
  control(control: ControlMessage): void {
    if (control.kind === 'user-control' && control.event === 'set-buffer-length')
      this.find(control.streamId)?.setBuffer(control.milliseconds);
  }

  /** Makes a stream. Undefined if there are too many. */
  create(): MessageStream | undefined {
    if (this.#streams.size >= this.#max) return undefined;
    // Skips ids in use, also those that the client has taken without asking. One that was deleted just now comes last.
    while (this.#streams.has(this.#nextId)) this.#advance();
    const stream = this.#add(this.#nextId);
    this.#advance();
    return stream;
  }

  /**
   * The stream with that id. A missing one is made: old encoders publish and play on streams that they never created.
   * Throws LVG_RTMP_COMMAND if there are too many, or if createStream gives no such id: viewers of one id share their
   * bytes, so that clients must not choose among millions.
   */
  open(id: number): MessageStream {
    const present = this.#streams.get(id);
    if (present) return present;
    if (id > this.#max)
      throw new LivegoError(
        'LVG_RTMP_COMMAND',
        `message stream ${id} was never created; createStream gives 1 to ${this.#max} (rtmp.maxStreamsPerConnection)`,
      );
    if (this.#streams.size < this.#max) return this.#add(id);
    throw new LivegoError(
      'LVG_RTMP_COMMAND',
      `more than ${this.#max} streams on one connection (rtmp.maxStreamsPerConnection)`,
    );
  }

  delete(id: number): void {
    this.#streams.delete(id);
  }

  clear(): void {
    this.#streams.clear();
  }

  #advance(): void {
    this.#nextId = (this.#nextId % this.#max) + 1;
  }

  #add(id: number): MessageStream {
    const stream = this.#make(id);
    this.#streams.set(id, stream);
    return stream;
  }
}
