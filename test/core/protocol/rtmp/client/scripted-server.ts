// A client and a server that answers by a script, joined by bytes.
import { amfProperties } from '../../../../../core/media/amf-value.ts';
import { agreeCapabilities, parseCapabilities } from '../../../../../core/protocol/rtmp/capabilities.ts';
import { RtmpClientSession } from '../../../../../core/protocol/rtmp/client/client.ts';
import type { RtmpClientObserver } from '../../../../../core/protocol/rtmp/client/client.ts';
import type { RtmpCommand } from '../../../../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../../../../core/protocol/rtmp/connection.ts';
import {
  callError,
  connectResult,
  createStreamResult,
  emptyResult,
  onBWDone,
  onFCPublish,
} from '../../../../../core/protocol/rtmp/responses.ts';
import { playReset, playStart, publishStart } from '../../../../../core/protocol/rtmp/status.ts';
import { slice } from '../chunks/chunk-bytes.ts';

/** The server's answer to each command. */
export type Script = Record<string, (server: RtmpConnection, command: RtmpCommand) => void>;

export const accepting: Script = {
  connect: (server, { transactionId, object }) => {
    server.setWindow(2_500_000);
    server.setChunkSize(4096);
    const capabilities = agreeCapabilities(parseCapabilities(object));
    server.sendCommand(connectResult({ transactionId, objectEncoding: 0, capabilities }));
    server.sendCommand(onBWDone());
  },
  releaseStream: (server, { transactionId }) => server.sendCommand(callError(transactionId, 'not known')),
  FCPublish: (server, { transactionId }) => {
    server.sendCommand(emptyResult(transactionId));
    server.sendCommand(onFCPublish('movie'));
  },
  createStream: (server, { transactionId }) => server.sendCommand(createStreamResult(transactionId, 1)),
  publish: (server) => server.sendCommand(publishStart('movie'), 1),
  play: (server) => {
    server.sendUserControl({ event: 'stream-begin', streamId: 1 });
    server.sendCommand(playReset('movie'), 1);
    server.sendCommand(playStart('movie'), 1);
    server.sendMedia(9, 1, 40, Buffer.from('1701', 'hex'));
  },
};

export interface Run {
  readonly client: RtmpClientSession;
  readonly server: RtmpConnection;
  /** Reports to the client's observer. */
  readonly told: unknown[];
  /** Messages that the server has received. */
  readonly seen: unknown[];
  /** Carries bytes both ways until neither end sends any more. */
  readonly exchange: () => void;
}

/** Bytes travel in slices of the given length. */
export function run(mode: 'publish' | 'play', script: Script, sliceLength = 1): Run {
  const told: unknown[] = [];
  const seen: unknown[] = [];
  const toServer: Buffer[] = [];
  const toClient: Buffer[] = [];
  const client = new RtmpClientSession({
    mode,
    app: 'live',
    name: 'movie?token=x',
    tcUrl: 'rtmp://h/live',
    send: (bytes) => toServer.push(bytes),
    observer: observerOf(told),
  });
  const server = serverOf(script, seen, (bytes) => toClient.push(bytes));
  const exchange = (): void => {
    while (toServer.length + toClient.length > 0) {
      for (const piece of slice(Buffer.concat(toServer.splice(0)), [sliceLength])) server.push(piece);
      for (const piece of slice(Buffer.concat(toClient.splice(0)), [sliceLength])) client.push(piece);
    }
  };
  client.start();
  exchange();
  return { client, server, told, seen, exchange };
}

function observerOf(told: unknown[]): RtmpClientObserver {
  return {
    onReady: () => told.push('ready'),
    onRejected: ({ status }) => told.push(`rejected ${status.code} ${status.description}`),
    onMedia: (message) => told.push(message.payload.toString('hex')),
    onEnded: (status) => told.push(`ended ${status.code}`),
    onReconnectRequest: (request) => told.push(request),
  };
}

function serverOf(script: Script, seen: unknown[], send: (bytes: Buffer) => void): RtmpConnection {
  const server: RtmpConnection = new RtmpConnection({
    role: 'server',
    send,
    receiver: {
      onCommand: (command, message) => {
        seen.push([command.name, message.streamId, ...command.args]);
        if (command.name === 'connect') seen.push(amfProperties(command.object)?.['tcUrl']);
        script[command.name]?.(server, command);
      },
      onMedia: (message) => seen.push([message.type, message.timestamp, message.payload.toString('hex')]),
    },
  });
  return server;
}
