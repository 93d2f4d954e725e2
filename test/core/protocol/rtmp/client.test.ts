import { describe, expect, test } from 'vitest';
import { amfProperties } from '../../../../core/media/amf-value.ts';
import {
  connectError,
  connectResult,
  createStreamResult,
  emptyResult,
  callError,
  onBWDone,
  onFCPublish,
} from '../../../../core/protocol/rtmp/responses.ts';
import { agreeCapabilities, parseCapabilities } from '../../../../core/protocol/rtmp/capabilities.ts';
import { RtmpClientSession } from '../../../../core/protocol/rtmp/client.ts';
import type { RtmpClientOptions } from '../../../../core/protocol/rtmp/client.ts';
import type { RtmpCommand } from '../../../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../../../core/protocol/rtmp/connection.ts';
import {
  connectionClosed,
  playReset,
  playStart,
  publishRefused,
  publishStart,
  reconnectRequest,
  unpublishNotify,
} from '../../../../core/protocol/rtmp/status.ts';
import { slice } from './chunks/chunk-bytes.ts';

type Script = Record<string, (server: RtmpConnection, command: RtmpCommand) => void>;

const accepting: Script = {
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

/** A client and a server that answers by the script, joined by bytes in slices of the given length. */
function run(mode: 'publish' | 'play', script: Script, sliceLength = 1) {
  const told: unknown[] = [];
  const seen: unknown[] = [];
  const toServer: Buffer[] = [];
  const toClient: Buffer[] = [];
  const options: RtmpClientOptions = {
    mode,
    app: 'live',
    name: 'movie?token=x',
    tcUrl: 'rtmp://h/live',
    send: (bytes) => toServer.push(bytes),
    observer: {
      onReady: () => told.push('ready'),
      onRefused: (status) => told.push(`refused ${status.code} ${status.description}`),
      onMedia: (message) => told.push(message.payload.toString('hex')),
      onEnded: (status) => told.push(`ended ${status.code}`),
      onReconnectRequest: (request) => told.push(request),
    },
  };
  const client = new RtmpClientSession(options);
  const server: RtmpConnection = new RtmpConnection({
    role: 'server',
    send: (bytes) => toClient.push(bytes),
    receiver: {
      onCommand: (command, message) => {
        seen.push([command.name, message.streamId, ...command.args]);
        if (command.name === 'connect') seen.push(amfProperties(command.object)?.['tcUrl']);
        script[command.name]?.(server, command);
      },
      onMedia: (message) => seen.push([message.type, message.timestamp, message.payload.toString('hex')]),
    },
  });
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

describe('publishing', () => {
  test.each([1, 100_000])(
    'goes from connect to media in the order that servers know (slices of %i)',
    (sliceLength) => {
      const { client, told, seen, exchange } = run('publish', accepting, sliceLength);
      expect(told).toEqual(['ready']);
      expect(client.state).toBe('ready');
      expect(client.serverCapabilities.fourCcList).toContain('hvc1');
      client.sendMedia(9, 2 ** 32 + 40, Buffer.from('1701', 'hex'));
      client.sendData({ name: 'x', args: [] }, 41);
      client.stop();
      exchange();
      expect(seen).toEqual([
        ['connect', 0],
        'rtmp://h/live',
        ['releaseStream', 0, 'movie?token=x'],
        ['FCPublish', 0, 'movie?token=x'],
        ['createStream', 0],
        ['publish', 1, 'movie?token=x', 'live'],
        [9, 40, '1701'],
        [18, 41, '02000178'],
        ['FCUnpublish', 0, 'movie?token=x'],
        ['deleteStream', 0, 1],
      ]);
      expect(client.state).toBe('ended');
      expect(() => client.sendMedia(9, 0, Buffer.alloc(1))).toThrow(/nothing can be sent/);
    },
  );

  test('is refused by connect, by createStream or by publish, each once and with the server’s words', () => {
    const refusals: [Script, string][] = [
      [
        {
          connect: (server, { transactionId }) =>
            server.sendCommand(connectError(transactionId, 'NetConnection.Connect.InvalidApp', 'no app')),
        },
        'refused NetConnection.Connect.InvalidApp no app',
      ],
      [
        { createStream: (server, { transactionId }) => server.sendCommand(callError(transactionId, 'full')) },
        'refused NetConnection.Call.Failed full',
      ],
      [
        { publish: (server) => server.sendCommand(publishRefused('BadName', 'taken'), 1) },
        'refused NetStream.Publish.BadName taken',
      ],
    ];
    for (const [script, expected] of refusals) {
      const { told, client } = run('publish', { ...accepting, ...script });
      expect(told).toEqual([expected]);
      expect(client.state).toBe('refused');
    }
  });

  test('does not wait for answers to releaseStream and FCPublish', () => {
    const silent = { ...accepting, releaseStream: () => undefined, FCPublish: () => undefined };
    expect(run('publish', silent).told).toEqual(['ready']);
  });
});

describe('playing', () => {
  test('gets the media, then the end', () => {
    const { told, seen, server, exchange } = run('play', accepting);
    expect(told).toEqual(['ready', '1701']);
    expect(seen.slice(-1)).toEqual([['play', 1, 'movie?token=x', -2000]]);
    server.sendCommand(unpublishNotify('movie'), 1);
    server.sendCommand(connectionClosed('bye'));
    exchange();
    expect(told.slice(2)).toEqual(['ended NetStream.Play.UnpublishNotify']);
  });

  test('is ended by StreamEOF of its own stream alone', () => {
    const { told, server, exchange } = run('play', accepting);
    server.sendUserControl({ event: 'stream-eof', streamId: 7 });
    exchange();
    expect(told).toHaveLength(2);
    server.sendUserControl({ event: 'stream-eof', streamId: 1 });
    exchange();
    expect(told.slice(2)).toEqual(['ended NetStream.Play.Stop']);
  });

  test('begins with the first media where a server sends no Play.Start', () => {
    const terse: Script = {
      ...accepting,
      play: (server) => server.sendMedia(8, 1, 0, Buffer.from('af01', 'hex')),
    };
    expect(run('play', terse).told).toEqual(['ready', 'af01']);
  });

  test('reports a reconnect request and goes on', () => {
    const { told, client, server, exchange } = run('play', accepting);
    server.sendCommand(reconnectRequest({ tcUrl: 'rtmp://b/live', description: 'restart' }));
    exchange();
    expect(told.slice(2)).toEqual([{ tcUrl: 'rtmp://b/live', description: 'restart' }]);
    expect(client.state).toBe('ready');
  });
});
