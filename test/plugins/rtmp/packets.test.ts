// Viewers get exactly the packets that the publisher sends.
import { expect, test } from 'vitest';
import { buildAmf3 } from '../../../core/media/amf3/index.ts';
import { parseMetadata } from '../../../core/media/flv/metadata.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { avcFrame, avcHeader, clipPackets, describePackets, shortStream } from '../../helpers/media/media.ts';
import { connectDialogue, playFrom, publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { relay } from './packets-kit.ts';

test('a viewer that waits for the publisher gets every packet of a file, unchanged, with its timestamps', async () => {
  const packets = await clipPackets();
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('an audio-only stream plays, also with MP3', async () => {
  const packets = await clipPackets({ video: 'none', audio: 'mp3' });
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('a video-only stream plays', async () => {
  const packets = await clipPackets({ audio: 'none' });
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('timestamps that start high pass unchanged, with extended timestamps on every chunk', async () => {
  const packets = shortStream({ start: 0x7fff_fff0 });
  packets.push(avcFrame('key', 0x7fff_fff0 + 500, 9, 20_000));
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('timestamps that wrap at 2^32 continue without a gap', async () => {
  const packets = shortStream({ start: 0x1_0000_0000 - 100 });
  expect(packets.some((packet) => packet.timestamp < 1000)).toBe(true);
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('timestamps that restart from zero continue where they were', async () => {
  const first = shortStream({ groups: 1, start: 600_000 });
  const second = shortStream({ groups: 1 }).slice(2);
  const got = await relay([...first, ...second]);
  const last = first.at(-1)!.timestamp;
  const moved = second.map((packet) => ({ ...packet, timestamp: packet.timestamp + last + 40 }));
  expect(got).toEqual(describePackets([...first, ...moved]));
});

test('empty messages, which encoders send to keep a track alive, are not passed on', async () => {
  const packets = [avcHeader(), avcFrame('key', 0), avcFrame('inter', 40)];
  const empty: WirePacket = { kind: 'audio', timestamp: 20, payload: Buffer.alloc(0) };
  expect(await relay([packets[0]!, empty, packets[1]!, packets[2]!])).toEqual(describePackets(packets));
});

test('frames of one byte and of several megabytes pass', async () => {
  const tiny: WirePacket = { kind: 'audio', timestamp: 10, payload: Buffer.from([0x2f]) };
  const packets = [avcHeader(), avcFrame('key', 0, 7, 4 * 1024 * 1024), tiny, avcFrame('inter', 40, 8)];
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test.each([1, 7, 128, 65_536])(
  'a publisher may send in chunks of %i, and its viewers get the same',
  async (chunkSize) => {
    const packets = shortStream();
    const server = await startServer({ config: { rtmp: { chunkSize: Math.max(128, chunkSize) } } });
    const publisher = await publishTo(server.rtmp('live/movie'), { session: { chunkSize } });
    const player = await playFrom(server.rtmp('live/movie'));
    await publisher.sendAll(packets);
    await publisher.leave();
    expect(describePackets(await player.all())).toEqual(describePackets(packets));
  },
);

test('media on another message stream than the one that publishes counts as the publisher’s', async () => {
  const server = await startServer();
  const publisher = await connectDialogue(server.port());
  const streamId = await publisher.createStream();
  publisher.call('publish', 3, ['movie', 'live'], { streamId });
  await publisher.command('onStatus');
  const player = await playFrom(server.rtmp('live/movie'));
  const packets = shortStream();
  for (const packet of packets) publisher.send(packet, 0);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('frames inside an aggregate message are passed on one by one', async () => {
  const server = await startServer();
  const publisher = await connectDialogue(server.port());
  const streamId = await publisher.createStream();
  publisher.call('publish', 3, ['movie', 'live'], { streamId });
  await publisher.command('onStatus');
  const player = await playFrom(server.rtmp('live/movie'));
  const packets = shortStream({ groups: 1 });
  const tags = packets.map(({ kind, timestamp, payload }) => {
    const head = Buffer.alloc(11);
    head[0] = kind === 'video' ? MESSAGE_TYPE.video : MESSAGE_TYPE.audio;
    head.writeUIntBE(payload.length, 1, 3);
    head.writeUIntBE(timestamp, 4, 3);
    const back = Buffer.alloc(4);
    back.writeUInt32BE(11 + payload.length);
    return Buffer.concat([head, payload, back]);
  });
  publisher.connection.sendMedia(MESSAGE_TYPE.aggregate, streamId, 0, Buffer.concat(tags));
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('a malformed data message is left out, and the stream continues', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  // An AMF3 array that claims more items than follow, inside @setDataFrame.
  publisher.send({
    kind: 'data',
    timestamp: 0,
    payload: Buffer.from('02000a6f6e4d65746144617461 11 09ffffff7f'.replaceAll(' ', ''), 'hex'),
  });
  const packets = shortStream();
  await publisher.sendAll(packets);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('metadata whose values are AMF3 throughout reaches viewers as AMF0', async () => {
  const server = await startServer();
  const publisher = await connectDialogue(server.port());
  const streamId = await publisher.createStream();
  publisher.call('publish', 3, ['movie', 'live'], { streamId });
  await publisher.command('onStatus');
  const player = await playFrom(server.rtmp('live/movie'));
  const body = Buffer.concat([Buffer.of(3), buildAmf3(['@setDataFrame', 'onMetaData', { width: 1920 }])]);
  publisher.connection.sendMedia(MESSAGE_TYPE.dataAmf3, streamId, 0, body);
  for (const packet of shortStream()) publisher.send(packet, streamId);
  const data = await player.received(2, ['data']);
  expect(data.map(({ payload }) => parseMetadata(payload))).toContainEqual({ width: 1920 });
});
