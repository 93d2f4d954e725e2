// What a publisher sends is what its viewers get.
import { expect, test } from 'vitest';
import { buildAmf3 } from '../../../core/media/amf3/index.ts';
import { buildSetDataFrame, parseMetadata } from '../../../core/media/flv/metadata.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import {
  aacFrame,
  aacHeader,
  avcFrame,
  avcHeader,
  clipPackets,
  describePackets,
  isKeyframe,
  shortStream,
} from '../../helpers/media.ts';
import { connectDialogue, playFrom, publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

/** What a viewer gets who was there before the first packet. */
async function relay(packets: readonly WirePacket[], config = {}): Promise<string[]> {
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets);
  await publisher.leave();
  return describePackets(await player.all());
}

/** What a viewer gets who comes when all these packets have been published. */
async function joinAfter(packets: readonly WirePacket[], config = {}): Promise<WirePacket[]> {
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const early = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets);
  await early.received(packets.filter((packet) => packet.kind !== 'data').length);
  const late = await playFrom(server.rtmp('live/movie'));
  await publisher.leave();
  return late.all();
}

test('a viewer who waits for the publisher gets every packet of a file, unchanged, with its timestamps', async () => {
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

test('a late joiner gets headers and the last group from its keyframe on, all at timestamps that never run backwards', async () => {
  const packets = shortStream({ groups: 3, frames: 5 });
  const got = await joinAfter(packets);
  const group = packets.slice(packets.findLastIndex(isKeyframe));
  expect(describePackets(got)).toEqual(describePackets([avcHeader(400), aacHeader(400), ...group]));
});

test('gop_num: 3 gives a late joiner three groups', async () => {
  const got = await joinAfter(shortStream({ groups: 5 }), { gop_num: 3 });
  expect(got.filter(isKeyframe).map((packet) => packet.timestamp)).toEqual([400, 600, 800]);
});

test('with gop_num: 0 a late joiner begins with the next keyframe, headers first', async () => {
  const server = await startServer({ config: { gop_num: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const early = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream({ groups: 1 }));
  await early.received(12);
  const joined = server.saw('playStart');
  const late = await playFrom(server.rtmp('live/movie'));
  await joined;
  const next = [
    aacFrame(210),
    avcFrame('inter', 220),
    avcFrame('key', 240),
    aacFrame(240),
    avcFrame('inter', 280),
  ];
  await publisher.sendAll(next);
  await publisher.leave();
  expect(describePackets(await late.all())).toEqual(
    describePackets([avcHeader(240), aacHeader(240), ...next.slice(2)]),
  );
});

test('metadata is passed on without @setDataFrame, and given to late joiners', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const properties = { width: 320, height: 180, encoder: 'test' };
  const early = await playFrom(server.rtmp('live/movie'));
  publisher.send({ kind: 'data', timestamp: 0, payload: buildSetDataFrame(properties) });
  await publisher.sendAll(shortStream());
  await early.received(20);
  const late = await playFrom(server.rtmp('live/movie'));
  await publisher.leave();
  for (const player of [early, late]) {
    await player.all();
    const metadata = player.packets.flatMap(
      ({ kind, payload }) => (kind === 'data' && parseMetadata(payload)) || [],
    );
    expect(metadata).toEqual([expect.objectContaining(properties)]);
  }
});

test('a header that is sent again is passed on again, and given to late joiners once', async () => {
  const packets = [avcHeader(), aacHeader(), avcFrame('key', 0), avcHeader(20), avcFrame('inter', 40)];
  expect(await relay(packets)).toEqual(describePackets(packets));
  const got = await joinAfter([...packets, avcFrame('key', 80)]);
  expect(describePackets(got)).toEqual(describePackets([avcHeader(80), aacHeader(80), avcFrame('key', 80)]));
});

test('an audio header that comes late reaches early viewers in its place and late ones first', async () => {
  const [first, late] = [
    [
      avcHeader(),
      avcFrame('key', 0),
      avcFrame('inter', 40),
      aacHeader(60),
      aacFrame(60),
      avcFrame('inter', 80),
    ],
    [avcFrame('key', 120), aacFrame(120)],
  ];
  const packets = [...first, ...late];
  expect(await relay(packets)).toEqual(describePackets(packets));
  expect(describePackets(await joinAfter(packets))).toEqual(
    describePackets([avcHeader(120), aacHeader(120), ...late]),
  );
});

test('a picture that changes its size in mid-stream brings its header to everybody, and late joiners get the new one alone', async () => {
  const packets = [
    avcHeader(0, 0x1e),
    avcFrame('key', 0, 1),
    avcFrame('inter', 40, 2),
    avcHeader(80, 0x1f),
    avcFrame('key', 80, 3),
    avcFrame('inter', 120, 4),
  ];
  expect(await relay(packets)).toEqual(describePackets(packets));
  expect(describePackets(await joinAfter(packets))).toEqual(describePackets(packets.slice(3)));
});

test('a codec that changes in mid-stream goes on with the headers of the new one', async () => {
  const hevcHeader: WirePacket = {
    kind: 'video',
    timestamp: 80,
    payload: Buffer.from('90687663310102030405', 'hex'),
  };
  const hevcKey: WirePacket = {
    kind: 'video',
    timestamp: 80,
    payload: Buffer.from('93687663310000000102', 'hex'),
  };
  const packets = [avcHeader(), avcFrame('key', 0, 1), hevcHeader, hevcKey];
  expect(await relay(packets)).toEqual(describePackets(packets));
  expect(describePackets(await joinAfter(packets))).toEqual(describePackets([hevcHeader, hevcKey]));
});

test('timestamps that begin high pass unchanged, with extended timestamps on every chunk', async () => {
  const packets = shortStream({ start: 0x7fff_fff0 });
  packets.push(avcFrame('key', 0x7fff_fff0 + 500, 9, 20_000));
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('timestamps that wrap at 2^32 go on without a gap', async () => {
  const packets = shortStream({ start: 0x1_0000_0000 - 100 });
  expect(packets.some((packet) => packet.timestamp < 1000)).toBe(true);
  expect(await relay(packets)).toEqual(describePackets(packets));
});

test('timestamps that start again from zero go on where they were', async () => {
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
  'a viewer reads the same from a server with any chunk size, a publisher may send in chunks of %i',
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

test.each([
  ['HEVC', '90687663310102030405', '91687663310000000011', 'a3687663310000000022'],
  ['AV1', '9061763031810000000a', '9161763031120000000b', 'a161763031120000000c'],
  ['VP9', '9076703039010000000a', '9176703039120000000b', 'a176703039120000000c'],
  ['VVC', '9076766331010000000a', '9176766331000000120b', 'a376766331120000000c'],
])(
  '%s of Enhanced RTMP passes unchanged, and a late joiner starts with its header and keyframe',
  async (_codec, header, key, inter) => {
    const video = (timestamp: number, payload: string): WirePacket => ({
      kind: 'video',
      timestamp,
      payload: Buffer.from(payload, 'hex'),
    });
    const packets = [video(0, header), video(0, key), video(40, inter), video(80, key)];
    expect(await relay(packets)).toEqual(describePackets(packets));
    expect(describePackets(await joinAfter(packets))).toEqual(
      describePackets([video(80, header), video(80, key)]),
    );
  },
);

test('Opus of Enhanced RTMP passes unchanged, and a late joiner gets its header', async () => {
  const audio = (timestamp: number, payload: string): WirePacket => ({
    kind: 'audio',
    timestamp,
    payload: Buffer.from(payload, 'hex'),
  });
  const header = '904f7075734f70757348656164010200000000000000';
  const packets = [audio(0, header), audio(0, '914f707573fc01'), audio(20, '914f707573fc02')];
  expect(await relay(packets)).toEqual(describePackets(packets));
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/radio'));
  const early = await playFrom(server.rtmp('live/radio'));
  await publisher.sendAll(packets);
  await early.received(3);
  const joined = server.saw('playStart');
  const late = await playFrom(server.rtmp('live/radio'));
  await joined;
  publisher.send(audio(40, '914f707573fc03'));
  expect(describePackets(await late.received(2))).toEqual(
    describePackets([audio(40, header), audio(40, '914f707573fc03')]),
  );
});

test('two video tracks of Enhanced RTMP pass unchanged, and a late joiner starts with the first one’s keyframe and both headers', async () => {
  const video = (timestamp: number, payload: string): WirePacket => ({
    kind: 'video',
    timestamp,
    payload: Buffer.from(payload, 'hex'),
  });
  // Multitrack, one track: PacketType 6, then AvMultitrackType 0 and the inner PacketType, FourCC, track id.
  const headerOf = (track: string) => `960068766331${track}01020304`;
  const keyOf = (track: string) => `960368766331${track}00000011`;
  const interOf = (track: string) => `a60368766331${track}00000022`;
  const packets = [
    video(0, headerOf('00')),
    video(0, headerOf('01')),
    video(0, keyOf('00')),
    video(0, keyOf('01')),
    video(40, interOf('00')),
    video(60, keyOf('01')),
    video(80, keyOf('00')),
    video(80, interOf('01')),
  ];
  expect(await relay(packets)).toEqual(describePackets(packets));
  const wanted = describePackets([video(80, headerOf('00')), video(80, headerOf('01')), ...packets.slice(6)]);
  expect(describePackets(await joinAfter(packets))).toEqual(wanted);
  expect(describePackets(await joinWithoutCache(packets, 5))).toEqual(wanted);
});

/** What a viewer gets who comes after `count` packets, from a server without a GOP cache. */
async function joinWithoutCache(packets: readonly WirePacket[], count: number): Promise<WirePacket[]> {
  const server = await startServer({ config: { gop_num: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const early = await playFrom(server.rtmp('live/movie'));
  await publisher.sendAll(packets.slice(0, count));
  await early.received(count);
  const joined = server.saw('playStart');
  const late = await playFrom(server.rtmp('live/movie'));
  await joined;
  await publisher.sendAll(packets.slice(count));
  await publisher.leave();
  return late.all();
}

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

test('a data message that is broken is left out, and the stream goes on', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const player = await playFrom(server.rtmp('live/movie'));
  // AMF3 array that claims more than there is, inside @setDataFrame.
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
