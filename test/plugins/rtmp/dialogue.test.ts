// The words that encoders and players wait for, in the order in which they expect them.
import { expect, test } from 'vitest';
import { buildAmf3 } from '../../../core/media/amf3/index.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { parseStatus } from '../../../core/protocol/rtmp/status.ts';
import {
  avcFrame,
  avcHeader,
  aacFrame,
  aacHeader,
  describePackets,
  shortStream,
} from '../../helpers/media.ts';
import {
  connectDialogue,
  openDialogue,
  playFrom,
  publishTo,
  type RtmpDialogue,
} from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

/** What came, each message in a few words. */
function words(dialogue: RtmpDialogue): string[] {
  return dialogue.heard.map((heard) => {
    if (heard.kind === 'control')
      return heard.control.kind === 'user-control' ? heard.control.event : heard.control.kind;
    if (heard.kind === 'media') return heard.packet.kind;
    const { name, transactionId } = heard.command;
    return name === 'onStatus' ? parseStatus(heard.command)!.code : `${name} ${transactionId}`;
  });
}

async function publishing(
  port: number,
  name = 'movie',
): Promise<{ dialogue: RtmpDialogue; streamId: number }> {
  const dialogue = await connectDialogue(port);
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, [name, 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  return { dialogue, streamId };
}

async function playing(port: number, name = 'movie'): Promise<{ dialogue: RtmpDialogue; streamId: number }> {
  const dialogue = await connectDialogue(port);
  const streamId = await dialogue.createStream();
  dialogue.call('play', 3, [name, -2000], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Play.Reset');
  expect((await dialogue.status()).code).toBe('NetStream.Play.Start');
  return { dialogue, streamId };
}

test('an encoder’s session as librtmp, OBS and ffmpeg hold it gets every answer they wait for', async () => {
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
  expect(words(dialogue)).toEqual([
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
  ]);
});

test('a player’s session as librtmp, ffmpeg and VLC hold it gets every answer they wait for, then the media', async () => {
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

test('connect at the end of the handshake’s own segment, and all commands in one, are answered', async () => {
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

test('several streams on one connection are published and played apart from each other', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  const [one, two, three] = [
    await dialogue.createStream(2),
    await dialogue.createStream(3),
    await dialogue.createStream(4),
  ];
  expect([one, two, three]).toEqual([1, 2, 3]);
  dialogue.call('publish', 5, ['one', 'live'], { streamId: one });
  await dialogue.status();
  dialogue.call('publish', 6, ['two', 'live'], { streamId: two });
  await dialogue.status();
  dialogue.call('play', 7, ['two'], { streamId: three });
  await dialogue.status();
  await dialogue.status();
  const player = await playFrom(server.rtmp('live/one'));
  dialogue.send(avcFrame('key', 0, 1), one);
  dialogue.send(avcFrame('key', 0, 2), two);
  expect(describePackets(await player.received(1))).toEqual(describePackets([avcFrame('key', 0, 1)]));
  const heard = await dialogue.next('media', ({ packet }) => packet.kind === 'video', 'video');
  expect(heard.streamId).toBe(three);
  expect(describePackets([heard.packet])).toEqual(describePackets([avcFrame('key', 0, 2)]));
});

test('a stream that ends leaves the other streams of its connection alone', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/one'));
  const dialogue = await connectDialogue(server.port());
  const [one, two] = [await dialogue.createStream(2), await dialogue.createStream(3)];
  dialogue.call('play', 4, ['one'], { streamId: one });
  await dialogue.status();
  dialogue.call('publish', 5, ['two', 'live'], { streamId: two });
  await dialogue.next('command', ({ streamId }) => streamId === two, 'publish');
  await publisher.leave();
  await dialogue.next(
    'command',
    ({ command }) => parseStatus(command)?.code === 'NetStream.Play.Stop',
    'Play.Stop',
  );
  const player = await playFrom(server.rtmp('live/two'));
  dialogue.send(avcFrame('key', 0), two);
  await player.received(1);
});

test('after deleteStream the same connection publishes again, under the same name and another', async () => {
  const server = await startServer();
  const { dialogue } = await publishing(server.port());
  for (const [index, name] of ['movie', 'other'].entries()) {
    const ended = server.saw('streamStop');
    dialogue.call('FCUnpublish', 10, ['movie']);
    dialogue.call('deleteStream', 11, [index + 1]);
    expect((await dialogue.status()).code).toBe('NetStream.Unpublish.Success');
    await ended;
    const streamId = await dialogue.createStream(12);
    dialogue.call('publish', 13, [name, 'live'], { streamId });
    expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
    expect(server.stream(`live/${name}`).state).toBe('live');
  }
});

test('after closeStream the same message stream publishes again', async () => {
  const server = await startServer();
  const { dialogue, streamId } = await publishing(server.port());
  dialogue.call('closeStream', 4, [], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Unpublish.Success');
  dialogue.call('publish', 5, ['again', 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
});

test('a message stream that a client took without asking keeps its number for itself', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  dialogue.call('publish', 2, ['one', 'live'], { streamId: 1 });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  expect(await dialogue.createStream(3)).toBe(2);
  const ended = server.saw('streamStop');
  dialogue.socket.destroy();
  await ended;
  expect(server.server.kernel.hub.sessions.size).toBe(0);
});

test('play on a stream that plays switches to the other name', async () => {
  const server = await startServer();
  const [one, two] = [await publishTo(server.rtmp('live/one')), await publishTo(server.rtmp('live/two'))];
  one.send(avcFrame('key', 0, 1));
  two.send(avcFrame('key', 0, 2));
  const { dialogue, streamId } = await playing(server.port(), 'one');
  await dialogue.next('media', ({ packet }) => packet.kind === 'video', 'video');
  dialogue.call('play', 4, ['two'], { streamId });
  await dialogue.status();
  const { packet } = await dialogue.next('media', ({ packet: each }) => each.kind === 'video', 'video');
  expect(describePackets([packet])).toEqual(describePackets([avcFrame('key', 0, 2)]));
  expect(server.stream('live/one').viewerCount).toBe(0);
});

test('play(false) stops playing and keeps the connection', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const { dialogue, streamId } = await playing(server.port());
  const left = server.saw('playStop');
  dialogue.call('play', 4, [false], { streamId });
  await left;
  dialogue.call('play', 5, ['movie'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Play.Reset');
});

test('pause is confirmed and stops the media; after it they go on with a keyframe and timestamps that rise', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const other = await playFrom(server.rtmp('live/movie'));
  const { dialogue, streamId } = await playing(server.port());
  await publisher.sendAll([avcHeader(), avcFrame('key', 0, 1)]);
  await dialogue.next('media', ({ packet }) => packet.payload[1] === 1, 'the keyframe');
  dialogue.call('pause', 0, [true, 0], { streamId });
  await dialogue.next(
    'control',
    ({ control }) => control.kind === 'user-control' && control.event === 'stream-eof',
    'StreamEOF',
  );
  expect((await dialogue.status()).code).toBe('NetStream.Pause.Notify');
  await publisher.sendAll([avcFrame('inter', 40, 2), avcFrame('key', 80, 3), avcFrame('inter', 120, 4)]);
  await other.received(5);
  dialogue.call('pause', 0, [false, 0], { streamId });
  await dialogue.next(
    'control',
    ({ control }) => control.kind === 'user-control' && control.event === 'stream-begin',
    'StreamBegin',
  );
  expect((await dialogue.status()).code).toBe('NetStream.Unpause.Notify');
  const after = [avcFrame('key', 200, 6), avcFrame('inter', 240, 7)];
  await publisher.sendAll([avcFrame('inter', 160, 5), ...after]);
  const got = [(await dialogue.media()).packet, (await dialogue.media()).packet];
  expect(describePackets(got)).toEqual(describePackets(after));
});

test('receiveVideo(false) leaves the sound alone; receiveVideo(true) brings the picture back with a keyframe', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const { dialogue, streamId } = await playing(server.port());
  await dialogue.media();
  dialogue.call('receiveVideo', 0, [false], { streamId });
  dialogue.call('_checkbw', 9);
  await dialogue.answer(9);
  const without = shortStream({ groups: 1 });
  await publisher.sendAll(without);
  const sound = without.filter((packet) => packet.kind === 'audio');
  const got = [];
  for (let count = 0; count < sound.length; count++) got.push((await dialogue.media()).packet);
  expect(describePackets(got)).toEqual(describePackets(sound));
  dialogue.call('receiveVideo', 0, [true], { streamId });
  dialogue.call('_checkbw', 10);
  await dialogue.answer(10);
  await publisher.sendAll([aacFrame(220), avcFrame('key', 240), aacFrame(240)]);
  const picture = await dialogue.next(
    'media',
    ({ packet }) => packet.payload[0] === 0x17 && packet.payload[1] === 1,
    'a keyframe',
  );
  expect(picture.packet.timestamp).toBe(240);
  expect((await dialogue.media()).packet.timestamp).toBe(240);
});

test('receiveAudio(false) before play leaves the picture alone', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  dialogue.call('receiveAudio', 0, [false], { streamId });
  const joined = server.saw('playStart');
  dialogue.call('play', 3, ['movie'], { streamId });
  await joined;
  await publisher.sendAll([avcHeader(), aacHeader(), avcFrame('key', 0), aacFrame(0), avcFrame('inter', 40)]);
  const got = [];
  for (let count = 0; count < 4; count++) got.push((await dialogue.media()).packet);
  expect(got.map((packet) => packet.kind)).toEqual(['data', 'video', 'video', 'video']);
});

test('a client with objectEncoding 3 is answered by AMF0 for connect, then by type 17', async () => {
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

test('a client that tells its Enhanced RTMP capabilities hears ours; an old client sees the classic answer', async () => {
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

test('a command that nobody knows is answered by _error, and not at all when no answer is wanted', async () => {
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

test('a ping is answered with its own number', async () => {
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
    'a command without a name',
    (dialogue: RtmpDialogue) =>
      dialogue.connection.sendMedia(MESSAGE_TYPE.commandAmf0, 0, 0, Buffer.from('05', 'hex')),
  ],
])('%s ends that connection, with a line in the log, and nobody else’s', async (_what, send) => {
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
