// The messages that encoders and players wait for, in the order in which they expect them.
import { expect, test } from 'vitest';
import { buildAmf3 } from '../../../core/media/amf3/index.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { parseStatus } from '../../../core/protocol/rtmp/status.ts';
import { avcFrame, avcHeader } from '../../helpers/media/media.ts';
import { connectDialogue, openDialogue, publishTo, type RtmpDialogue } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { publishing, words } from './dialogue-kit.ts';

const TO_AN_ENCODER = [
  'window-acknowledgement-size',
  'set-peer-bandwidth',
  'set-chunk-size',
  '_result 1',
  'onBWDone 0',
  '_result 2',
  'onFCPublish 0',
  '_result 3',
  '_result 4',
  '_result 5',
  'stream-begin',
  'NetStream.Publish.Start',
  'onFCUnpublish 0',
  'NetStream.Unpublish.Success',
];

test('an encoder such as librtmp, OBS or ffmpeg gets every response that it waits for', async () => {
  const server = await startServer();
  const dialogue = await openDialogue(server.port());
  const connected = await dialogue.connect('live', {
    swfUrl: 'rtmp://test/live',
    flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
  });
  expect(connected.name).toBe('_result');
  expect(connected.object).toMatchObject({ fmsVer: 'FMS/3,0,1,123', capabilities: 31 });
  expect(parseStatus(connected)).toMatchObject({ level: 'status', code: 'NetConnection.Connect.Success' });
  dialogue.connection.setChunkSize(4096);
  dialogue.call('releaseStream', 2, ['movie']);
  dialogue.call('FCPublish', 3, ['movie']);
  dialogue.call('createStream', 4);
  dialogue.call('_checkbw', 5);
  expect((await dialogue.answer(4)).args).toEqual([1]);
  expect((await dialogue.answer(5)).name).toBe('_result');
  dialogue.call('publish', 6, ['movie', 'live'], { streamId: 1 });
  const status = await dialogue.status();
  expect(status).toMatchObject({ level: 'status', code: 'NetStream.Publish.Start' });
  expect(status.description).not.toBe('');
  dialogue.call('FCUnpublish', 7, ['movie']);
  dialogue.call('deleteStream', 8, [1]);
  await dialogue.status();
  expect(words(dialogue)).toEqual(TO_AN_ENCODER);
});

test('a player such as librtmp, ffmpeg or VLC gets every response that it waits for, then the media', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const dialogue = await connectDialogue(server.port());
  const before = words(dialogue).length;
  dialogue.connection.setWindow(2_500_000);
  const streamId = await dialogue.createStream();
  dialogue.call('FCSubscribe', 3, ['movie']);
  dialogue.call('getStreamLength', 4, ['movie']);
  expect((await dialogue.answer(4)).args).toEqual([0]);
  dialogue.call('play', 5, ['movie', -2000], { streamId });
  dialogue.connection.sendUserControl({ event: 'set-buffer-length', streamId, milliseconds: 3000 });
  await dialogue.media();
  publisher.send(avcHeader());
  publisher.send(avcFrame('key', 0));
  const header = await dialogue.media();
  expect(header.streamId).toBe(streamId);
  await dialogue.media();
  expect(words(dialogue).slice(before)).toEqual([
    '_result 2',
    'onFCSubscribe 0',
    '_result 3',
    '_result 4',
    'stream-begin',
    'NetStream.Play.Reset',
    'NetStream.Play.Start',
    'data',
    'video',
    'video',
  ]);
});

test('all commands in one segment, right behind the handshake, get their responses', async () => {
  const server = await startServer();
  const dialogue = await openDialogue(server.port());
  dialogue.socket.cork();
  dialogue.call('connect', 1, [], { object: { app: 'live', tcUrl: 'rtmp://test/live' } });
  dialogue.call('releaseStream', 2, ['movie']);
  dialogue.call('FCPublish', 3, ['movie']);
  dialogue.call('createStream', 4);
  dialogue.call('publish', 5, ['movie', 'live'], { streamId: 1 });
  dialogue.socket.uncork();
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
});

test('a client with objectEncoding 3 gets AMF0 for connect, then messages of type 17', async () => {
  const server = await startServer();
  const dialogue = await openDialogue(server.port());
  const connected = await dialogue.connect('live', { objectEncoding: 3 });
  expect(parseStatus(connected)?.info).toMatchObject({ objectEncoding: 3 });
  dialogue.encoding = 'amf3';
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, ['movie', 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  const types = dialogue.heard.flatMap((heard) =>
    heard.kind === 'command' ? [`${heard.command.name} ${heard.type}`] : [],
  );
  expect(types).toEqual([
    `_result ${MESSAGE_TYPE.commandAmf0}`,
    `onBWDone ${MESSAGE_TYPE.commandAmf3}`,
    `_result ${MESSAGE_TYPE.commandAmf3}`,
    `onStatus ${MESSAGE_TYPE.commandAmf3}`,
  ]);
});

test('commands whose values are AMF3 throughout are understood', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port(), 'live', { objectEncoding: 3 });
  const command = Buffer.concat([Buffer.of(3), buildAmf3(['createStream', 2, null])]);
  dialogue.connection.sendMedia(MESSAGE_TYPE.commandAmf3, 0, 0, command);
  expect((await dialogue.answer(2)).args).toEqual([1]);
});

test('a client that sends its Enhanced RTMP capabilities gets ours; an old client gets the classic response', async () => {
  const server = await startServer();
  const enhanced = await openDialogue(server.port());
  const fields = { fourCcList: ['hvc1', 'av01'], capsEx: 7, videoFourCcInfoMap: { '*': 3 } };
  expect((await enhanced.connect('live', fields)).object).toMatchObject({
    capsEx: 7,
    fourCcList: expect.arrayContaining(['avc1', 'hvc1', 'av01', 'vp09', 'Opus']) as unknown,
    videoFourCcInfoMap: expect.objectContaining({ hvc1: 4, av01: 4 }) as unknown,
  });
  const classic = await openDialogue(server.port());
  expect(Object.keys((await classic.connect('live')).object as object)).toEqual([
    'fmsVer',
    'capabilities',
    'mode',
  ]);
});

test('an unknown command gets _error, and no response if it expects none', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  dialogue.call('makeCoffee', 0);
  dialogue.call('makeCoffee', 5);
  expect(await dialogue.answer(5)).toMatchObject({
    name: '_error',
    args: [{ code: 'NetConnection.Call.Failed' }],
  });
  dialogue.call('_checkbw', 6);
  await dialogue.answer(6);
  expect(words(dialogue).filter((word) => word.startsWith('_error'))).toEqual(['_error 5']);
});

test('the response to a ping has its number', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  dialogue.connection.ping(4_000_000_000);
  const { control } = await dialogue.next(
    'control',
    ({ control: each }) => each.kind === 'user-control' && each.event === 'ping-response',
    'a pong',
  );
  expect(control).toMatchObject({ timestamp: 4_000_000_000 });
});

test('received bytes are acknowledged by the window that the client announces', async () => {
  const server = await startServer();
  const { dialogue } = await publishing(server.port());
  dialogue.connection.sendControl({ kind: 'window-acknowledgement-size', size: 50_000 });
  for (let index = 0; index < 10; index++) dialogue.send(avcFrame('key', index * 40, index, 10_000));
  const { control } = await dialogue.next(
    'control',
    ({ control: each }) => each.kind === 'acknowledgement',
    'an acknowledgement',
  );
  expect(control.kind === 'acknowledgement' && control.sequenceNumber >= 50_000).toBe(true);
});

test.each([
  ['connect twice', (dialogue: RtmpDialogue) => dialogue.call('connect', 2, [], { object: { app: 'live' } })],
  [
    'publish twice on one message stream',
    (dialogue: RtmpDialogue) => {
      dialogue.call('publish', 2, ['a', 'live'], { streamId: 1 });
      dialogue.call('publish', 3, ['b', 'live'], { streamId: 1 });
    },
  ],
  [
    'a client that sends a hundred and one commands without a name',
    (dialogue: RtmpDialogue) => {
      for (let count = 0; count < 101; count++)
        dialogue.connection.sendMedia(MESSAGE_TYPE.commandAmf0, 0, 0, Buffer.from('05', 'hex'));
    },
  ],
])('%s ends that connection and no other, with a line in the log', async (_what, send) => {
  const server = await startServer();
  const other = await publishTo(server.rtmp('live/other'));
  const dialogue = await connectDialogue(server.port());
  send(dialogue);
  await dialogue.gone();
  expect(server.log.some((line) => line.level === 30 && line.msg.startsWith('RTMP connection closed'))).toBe(
    true,
  );
  expect(server.log.filter((line) => line.level > 30)).toEqual([]);
  expect(other.closed).toBe(false);
  expect(server.server.streams.map((stream) => stream.key)).toEqual(['live/other']);
});

test('createStream before connect ends the connection', async () => {
  const server = await startServer();
  const dialogue = await openDialogue(server.port());
  dialogue.call('createStream', 2);
  await dialogue.gone();
});
