import { expect, test } from 'vitest';
import { buildCommand, parseCommand } from '../../../../core/protocol/rtmp/command.ts';
import type { RtmpCommand } from '../../../../core/protocol/rtmp/command.ts';
import { parseConnect, parsePlay, parsePublish } from '../../../../core/protocol/rtmp/request.ts';

const command = (name: string, object: RtmpCommand['object'], ...args: RtmpCommand['args']): RtmpCommand =>
  parseCommand(20, buildCommand({ name, transactionId: 1, object, args }).payload);

test('what a client asks for in connect is read from its command object', () => {
  const object = {
    app: 'live',
    tcUrl: 'rtmp://h/live',
    flashVer: 'FMLE/3.0',
    objectEncoding: 3,
    capsEx: 1,
  };
  expect(parseConnect(command('connect', object))).toMatchObject({
    transactionId: 1,
    app: 'live',
    tcUrl: 'rtmp://h/live',
    flashVersion: 'FMLE/3.0',
    pageUrl: '',
    objectEncoding: 3,
    encoding: 'amf3',
    capabilities: { enhanced: true, capsEx: 1 },
  });
  expect(parseConnect(command('connect', {}))).toMatchObject({
    app: '',
    objectEncoding: 0,
    encoding: 'amf0',
  });
  expect(() => parseConnect(command('connect', null))).toThrow(/no command object/);
});

test('what a client asks for in publish is a name and how to keep it', () => {
  expect(parsePublish(command('publish', null, 'movie', 'record'))).toEqual({
    transactionId: 1,
    name: 'movie',
    type: 'record',
  });
  expect(parsePublish(command('publish', null, 12345))).toMatchObject({ name: '12345', type: 'live' });
  expect(parsePublish(command('publish', null))).toMatchObject({ name: '' });
});

test('what a client asks for in play is a name and where to begin', () => {
  expect(parsePlay(command('play', null, 'movie', -1000))).toEqual({
    transactionId: 1,
    name: 'movie',
    start: -1000,
  });
  expect(parsePlay(command('play', null, false))).toMatchObject({ name: '', start: -2 });
});

test('the application of a client that names none is that of its tcUrl', () => {
  const read = (object: RtmpCommand['object']) => parseConnect(command('connect', object)).app;
  expect(read({ tcUrl: 'rtmp://h:1935/live/room?token=x' })).toBe('live/room?token=x');
  expect(read({ app: '', tcUrl: 'rtmp://h/' })).toBe('');
  expect(read({ app: 'event', tcUrl: 'rtmp://h/live' })).toBe('event');
});

test.each([
  [-1000, 5000, 5000],
  [0, 5000, 5000],
  [-2000, -1, undefined],
  [-2, 5, 5000],
  [-1, 0, undefined],
])('play from %d for %d lasts %s ms', (start, duration, durationMs) => {
  expect(parsePlay(command('play', null, 'movie', start, duration)).durationMs).toBe(durationMs);
});
