// Publishers and players that do what did not matter wrongly: nobody's stream ends because of it.
import { expect, test } from 'vitest';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { describePackets, shortStream } from '../../helpers/media/media.ts';
import { connectDialogue, playFrom, publishTo, type RtmpDialogue } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { publishing, words } from './dialogue-kit.ts';

const NUMBER_1 = '00 3ff0000000000000';

function send(dialogue: RtmpDialogue, type: number, bytes: string): void {
  dialogue.connection.sendMedia(type, 0, 0, Buffer.from(bytes.replaceAll(' ', ''), 'hex'));
}

function linesAbout(server: TestServer, text: string): unknown[] {
  return server.log.filter(({ msg }) => msg.includes(text));
}

test.each([
  [
    'zeros behind releaseStream',
    MESSAGE_TYPE.commandAmf0,
    `02 000d 72656c6561736553747265616d ${NUMBER_1} 05 02 0001 61 000000`,
  ],
  [
    'an unknown command with a damaged argument',
    MESSAGE_TYPE.commandAmf0,
    `02 0003 666f6f ${NUMBER_1} 0a ffffffff`,
  ],
  ['an empty command', MESSAGE_TYPE.commandAmf0, ''],
  ['User Control of 2 bytes', MESSAGE_TYPE.userControl, '0003'],
  ['User Control of 6 bytes', MESSAGE_TYPE.userControl, '0003 00000001'],
  ['an acknowledgement of 0 bytes', MESSAGE_TYPE.acknowledgement, ''],
])('a publisher that sends %s lives, and the log says so once', async (_name, type, bytes) => {
  const server = await startServer();
  const { dialogue, streamId } = await publishing(server.port());
  const player = await playFrom(server.rtmp('live/movie'));
  for (let count = 0; count < 3; count++) send(dialogue, type, bytes);
  const packets = shortStream();
  for (const packet of packets) dialogue.send(packet, streamId);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
  expect(linesAbout(server, '; it is left out')).toHaveLength(1);
});

test.each([
  ['with zeros behind it', '02 0007 7075626c697368 00 4014000000000000 05 02 0005 6d6f766965 000000'],
  ['with a leading 0', '00 02 0007 7075626c697368 00 4014000000000000 05 02 0005 6d6f766965'],
])('publish %s is publish', async (_name, bytes) => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  dialogue.connection.sendMedia(
    MESSAGE_TYPE.commandAmf0,
    streamId,
    0,
    Buffer.from(bytes.replaceAll(' ', ''), 'hex'),
  );
  expect(await dialogue.status()).toMatchObject({ code: 'NetStream.Publish.Start' });
});

test('media on the first of two streams belongs to the second, on which the client publishes', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  const [first, second] = [await dialogue.createStream(2), await dialogue.createStream(3)];
  dialogue.call('publish', 4, ['movie', 'live'], { streamId: second });
  await dialogue.status();
  const player = await playFrom(server.rtmp('live/movie'));
  const packets = shortStream();
  for (const packet of packets) dialogue.send(packet, first);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('media that belongs to none of two publishers is left out, and the log says so once', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  const [idle, one, two] = [
    await dialogue.createStream(2),
    await dialogue.createStream(3),
    await dialogue.createStream(4),
  ];
  for (const [index, streamId] of [one, two].entries()) {
    dialogue.call('publish', 5, [`movie${index}`, 'live'], { streamId });
    await dialogue.status();
  }
  for (const packet of shortStream()) dialogue.send(packet, idle);
  dialogue.call('getStreamLength', 9, ['x']);
  await dialogue.answer(9);
  expect(
    linesAbout(server, `media arrived on message stream ${idle}, where nothing is published`),
  ).toHaveLength(1);
});

test.each([
  ['in milliseconds behind a start of -1000, as librtmp sends it', -1000, 300],
  ['in seconds behind a start of -1, as the specification has it', -1, 0.3],
])('play with a duration ends after it: %s', async (_name, start, duration) => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream());
  const dialogue = await connectDialogue(server.port());
  dialogue.call('play', 3, ['movie', start, duration], { streamId: await dialogue.createStream() });
  await dialogue.gone();
  expect(words(dialogue)).toContain('video');
  expect(words(dialogue).slice(-2)).toEqual(['stream-eof', 'NetStream.Play.Stop']);
  expect(linesAbout(server, 'it has played the 0.3 s that it asked for')).toHaveLength(1);
});

test('play with a duration of -1, or of more than a timer can wait, plays on', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream());
  for (const duration of [-1, 0, 2 ** 40]) {
    const dialogue = await connectDialogue(server.port());
    dialogue.call('play', 3, ['movie', -2000, duration], { streamId: await dialogue.createStream() });
    await dialogue.media();
    dialogue.call('getStreamLength', 9, ['x']);
    await dialogue.answer(9);
    expect(dialogue.closed).toBe(false);
  }
});
