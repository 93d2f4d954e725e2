// One end of the link between two workers: messages and packets over a Unix domain socket or a named pipe.
import type { Socket } from 'node:net';
import { messageOf } from '../../errors.ts';
import type { MediaPacket } from '../../media/packet.ts';
import { Conversation, type Calls, type Handlers, type Message } from '../conversation.ts';
import { FrameReader } from './frame-reader.ts';
import { buildMessage, buildRunHead, parseFrame } from './frames.ts';

export interface LinkEvents {
  run(channel: number, packets: readonly MediaPacket[]): void;
  /** Called once. */
  closed(reason: string): void;
}

export class Link<Asked extends Calls, Answered extends Calls> {
  readonly talk: Conversation<Asked, Answered>;
  readonly #socket: Socket;
  readonly #events: LinkEvents;
  #corked = false;
  #reason: string | undefined;

  constructor(socket: Socket, handlers: Handlers<Answered>, events: LinkEvents) {
    this.#socket = socket;
    this.#events = events;
    this.talk = new Conversation((message) => this.#sendMessage(message), handlers);
    const reader = new FrameReader((body) => this.#takeFrame(body));
    socket.on('data', (bytes) => {
      try {
        reader.push(bytes);
      } catch (error) {
        this.close(`bytes that are no frame: ${messageOf(error)}`);
      }
    });
    socket.on('error', (error) => (this.#reason ??= error.message));
    socket.once('close', () => this.#closed());
  }

  /** Bytes that wait for the other worker. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  sendRun(channel: number, packets: readonly MediaPacket[]): void {
    this.#cork();
    this.#socket.write(buildRunHead(channel, packets));
    for (const { payload } of packets) this.#socket.write(payload);
  }

  close(reason: string): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  #sendMessage(message: Message): void {
    this.#cork();
    this.#socket.write(buildMessage(message));
  }

  // What is sent in one turn becomes one write.
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #takeFrame(body: Buffer): void {
    const frame = parseFrame(body);
    if (frame.is === 'run') this.#events.run(frame.channel, frame.packets);
    else this.talk.receive(frame.value as Message);
  }

  #closed(): void {
    const reason = this.#reason ?? 'the other worker has ended';
    this.talk.close(reason);
    this.#events.closed(reason);
  }
}
