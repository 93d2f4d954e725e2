// Players that pause, or that want only the sound or only the picture.
import { expect, test } from 'vitest';
import {
  aacFrame,
  aacHeader,
  avcFrame,
  avcHeader,
  describePackets,
  shortStream,
} from '../../helpers/media/media.ts';
import { connectDialogue, playFrom, publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { playing } from './dialogue-kit.ts';

test('pause is confirmed and stops the media; afterwards they continue with a keyframe and rising timestamps', async () => {
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

test('receiveVideo(false) leaves only the sound; receiveVideo(true) brings the picture back with a keyframe', async () => {
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

test('receiveAudio(false) before play leaves only the picture', async () => {
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
