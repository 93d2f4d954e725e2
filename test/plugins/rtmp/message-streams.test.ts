// The message streams of a connection: several at a time, used again, switched.
import { expect, test } from 'vitest';
import { parseStatus } from '../../../core/protocol/rtmp/status.ts';
import { avcFrame, describePackets } from '../../helpers/media/media.ts';
import { connectDialogue, playFrom, publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { playing, publishing } from './dialogue-kit.ts';

test('several streams on one connection are published and played independently', async () => {
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

test('createStream skips the number of a message stream that the client took without asking', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  dialogue.call('publish', 2, ['one', 'live'], { streamId: 1 });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  expect(await dialogue.createStream(3)).toBe(2);
  const ended = server.saw('streamStop');
  dialogue.socket.destroy();
  await ended;
  expect(server.server.sessions.length).toBe(0);
});

test('play on a message stream that plays switches to the other stream', async () => {
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
