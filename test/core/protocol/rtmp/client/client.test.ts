import { describe, expect, test } from 'vitest';
import {
  connectionClosed,
  reconnectRequest,
  unpublishNotify,
} from '../../../../../core/protocol/rtmp/status.ts';
import { accepting, run, type Script } from './scripted-server.ts';

describe('publishing', () => {
  test.each([1, 100_000])(
    'goes from connect to media in the order that servers know (slices of %i)',
    (sliceLength) => {
      const { client, told, seen, exchange } = run('publish', accepting, sliceLength);
      expect(told).toEqual(['ready']);
      expect(client.state).toEqual({ name: 'ready', streamId: 1 });
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
      expect(client.state).toEqual({ name: 'ended', status: undefined });
      expect(() => client.sendMedia(9, 0, Buffer.alloc(1))).toThrow(/nothing can be sent/);
    },
  );

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

  test('begins with the first media if the server sends no Play.Start', () => {
    const terse: Script = {
      ...accepting,
      play: (server) => server.sendMedia(8, 1, 0, Buffer.from('af01', 'hex')),
    };
    expect(run('play', terse).told).toEqual(['ready', 'af01']);
  });

  test('reports a reconnect request and continues', () => {
    const { told, client, server, exchange } = run('play', accepting);
    server.sendCommand(reconnectRequest({ tcUrl: 'rtmp://b/live', description: 'restart' }));
    exchange();
    expect(told.slice(2)).toEqual([{ tcUrl: 'rtmp://b/live', description: 'restart' }]);
    expect(client.state.name).toBe('ready');
  });
});
