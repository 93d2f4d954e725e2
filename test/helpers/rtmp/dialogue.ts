// A bare RTMP connection whose commands the test writes itself.
import type { Duplex } from 'node:stream';
import type { AmfValue } from '../../../core/media/amf-value.ts';
import type { CommandEncoding, RtmpCommand } from '../../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../../core/protocol/rtmp/connection.ts';
import type { ControlMessage } from '../../../core/protocol/rtmp/message.ts';
import { parseStatus, type RtmpStatus } from '../../../core/protocol/rtmp/status.ts';
import { Progress } from './progress.ts';
import { toPacket, TYPE, type WirePacket } from './wire-packet.ts';

/** One message from the server. */
export type Heard =
  | {
      readonly kind: 'command';
      readonly streamId: number;
      readonly type: number;
      readonly command: RtmpCommand;
    }
  | { readonly kind: 'control'; readonly control: ControlMessage }
  | { readonly kind: 'media'; readonly streamId: number; readonly packet: WirePacket };

/** A connection past its handshake whose commands the test writes itself. */
export class RtmpDialogue {
  readonly socket: Duplex;
  readonly connection: RtmpConnection;
  /** All messages in the order of their arrival. */
  readonly heard: Heard[] = [];
  readonly progress = new Progress();
  encoding: CommandEncoding = 'amf0';
  closed = false;
  #handshaken = false;
  #read = 0;

  constructor(socket: Duplex) {
    this.socket = socket;
    this.connection = new RtmpConnection({
      role: 'client',
      send: (bytes) => void socket.write(bytes),
      receiver: {
        onHandshake: () => void (this.#handshaken = true),
        onCommand: (command, { streamId, type }) =>
          void this.heard.push({ kind: 'command', streamId, type, command }),
        onControl: (control) => void this.heard.push({ kind: 'control', control }),
        onMedia: (message) =>
          void this.heard.push({ kind: 'media', streamId: message.streamId, packet: toPacket(message) }),
      },
    });
    socket.on('data', (bytes: Buffer) => {
      this.connection.push(bytes);
      this.progress.notify();
    });
    socket.once('error', () => {});
    socket.once('close', () => {
      this.closed = true;
      this.progress.notify();
    });
    this.connection.start();
  }

  /** Sends a command. */
  call(
    name: string,
    transactionId: number,
    args: readonly AmfValue[] = [],
    { streamId = 0, object = null }: { readonly streamId?: number; readonly object?: AmfValue } = {},
  ): void {
    this.connection.sendCommand({ name, transactionId, object, args }, streamId, this.encoding);
  }

  send(packet: WirePacket, streamId = 1): void {
    this.connection.sendMedia(TYPE[packet.kind], streamId, packet.timestamp, packet.payload);
  }

  /** The next message that `accept` takes; unread messages before it are skipped. */
  async next<Kind extends Heard['kind']>(
    kind: Kind,
    accept: (heard: Extract<Heard, { kind: Kind }>) => boolean,
    what: string,
  ): Promise<Extract<Heard, { kind: Kind }>> {
    return this.progress.until(() => {
      while (this.#read < this.heard.length) {
        const heard = this.heard[this.#read++]!;
        if (heard.kind === kind && accept(heard as Extract<Heard, { kind: Kind }>))
          return heard as Extract<Heard, { kind: Kind }>;
      }
      if (this.closed) throw new Error(`The connection ended before ${what}.`);
      return undefined;
    }, what);
  }

  /** The next command of that name. */
  async command(name: string): Promise<RtmpCommand> {
    return (await this.next('command', ({ command }) => command.name === name, name)).command;
  }

  /** The next onStatus. */
  async status(): Promise<RtmpStatus> {
    return parseStatus(await this.command('onStatus'))!;
  }

  /** The next _result or _error. */
  async answer(transactionId: number): Promise<RtmpCommand> {
    const answers = ({ command }: { readonly command: RtmpCommand }): boolean =>
      ['_result', '_error'].includes(command.name) && command.transactionId === transactionId;
    return (await this.next('command', answers, `the answer to ${transactionId}`)).command;
  }

  /** The next media message. */
  async media(): Promise<{ readonly streamId: number; readonly packet: WirePacket }> {
    return this.next('media', () => true, 'media');
  }

  async handshake(): Promise<this> {
    await this.progress.until(() => this.#handshaken, 'the handshake');
    return this;
  }

  /** Sends connect as librtmp does; `fields` are added to the command object or replace its own. */
  async connect(app: string, fields: Readonly<Record<string, AmfValue>> = {}): Promise<RtmpCommand> {
    this.call('connect', 1, [], {
      object: { app, type: 'nonprivate', flashVer: 'FMLE/3.0', tcUrl: `rtmp://test/${app}`, ...fields },
    });
    return this.answer(1);
  }

  /** Sends createStream; resolves with the message stream id. */
  async createStream(transactionId = 2): Promise<number> {
    this.call('createStream', transactionId);
    return Number((await this.answer(transactionId)).args[0]);
  }

  async gone(): Promise<void> {
    await this.progress.until(() => this.closed, 'the end of the connection');
  }
}
