// The commands of RTMP 1.0 (section 7.2), and those that encoders and Flash send in addition.
import { responses, type RtmpCommand } from 'livego/rtmp';
import type { MessageStream } from './message-stream.ts';

/** The connection, as commands see it. */
export interface CommandReceiver {
  send(command: RtmpCommand, streamId?: number): void;
  connect(command: RtmpCommand): Promise<void>;
  createStream(transactionId: number): void;
  findStream(streamId: number): MessageStream | undefined;
  /** The message stream with that id; a new one if there is none. Throws LVG_RTMP_COMMAND before connect and beyond the limit. */
  openStream(streamId: number): MessageStream;
  /** A closed stream can be published or played on again, a deleted one cannot. */
  endStream(streamId: number, how: 'close' | 'delete'): void;
  /** Notes that a command is unknown. */
  unknown(name: string): void;
}

type Command = (to: CommandReceiver, command: RtmpCommand, streamId: number) => Promise<void> | void;

/** Resolves when the next command may be dispatched: publish and play wait for their gates. */
export function dispatchCommand(
  to: CommandReceiver,
  command: RtmpCommand,
  streamId: number,
): Promise<void> | void {
  return (COMMANDS.get(command.name) ?? rejectUnknown)(to, command, streamId);
}

const createStream: Command = (to, { transactionId }) => to.createStream(transactionId);

const pause: Command = (to, { args }, streamId) => to.findStream(streamId)?.pause(args[0] === true);

/** seek (7.2.2.7), in milliseconds. */
const seek: Command = (to, { args }, streamId) => {
  if (typeof args[0] === 'number' && Number.isFinite(args[0])) to.findStream(streamId)?.seek(args[0]);
};

const acknowledge: Command = (to, { transactionId }) => {
  if (transactionId > 0) to.send(responses.emptyResult(transactionId));
};

/** Responses to our own commands are not responded to. */
const ignore: Command = () => {};

const rejectUnknown: Command = (to, { name, transactionId }, streamId) => {
  to.unknown(name);
  if (transactionId > 0) to.send(responses.callError(transactionId, `${name} is not known here.`), streamId);
};

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['connect', (to, command) => to.connect(command)],
  ['createStream', createStream],
  ['initStream', createStream],
  ['publish', (to, command, streamId) => to.openStream(streamId).publish(command)],
  ['play', (to, command, streamId) => to.openStream(streamId).play(command)],
  ['pause', pause],
  ['pauseRaw', pause],
  ['seek', seek],
  ['receiveAudio', (to, { args }, streamId) => to.findStream(streamId)?.receive('audio', args[0] !== false)],
  ['receiveVideo', (to, { args }, streamId) => to.findStream(streamId)?.receive('video', args[0] !== false)],
  ['closeStream', (to, _command, streamId) => to.endStream(streamId, 'close')],
  [
    'deleteStream',
    (to, { args }, streamId) => to.endStream(typeof args[0] === 'number' ? args[0] : streamId, 'delete'),
  ],
  ['FCUnpublish', (to, { args }) => to.send(responses.onFCUnpublish(text(args[0])))],
  [
    'FCPublish',
    (to, command, streamId) => {
      to.send(responses.onFCPublish(text(command.args[0])));
      return acknowledge(to, command, streamId);
    },
  ],
  [
    'FCSubscribe',
    (to, command, streamId) => {
      to.send(responses.onFCSubscribe(text(command.args[0])));
      return acknowledge(to, command, streamId);
    },
  ],
  ['getStreamLength', (to, { transactionId }) => to.send(responses.streamLengthResult(transactionId, 0))],
  ['releaseStream', acknowledge],
  ['_checkbw', acknowledge],
  ['checkBandwidth', acknowledge],
  ['set_playlist', acknowledge],
  ['_result', ignore],
  ['_error', ignore],
  ['onStatus', ignore],
]);

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
