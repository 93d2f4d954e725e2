// Viewers that join in mid-stream: headers, metadata and the GOP cache come first.
import { expect, test } from 'vitest';
import { buildSetDataFrame, parseMetadata } from '../../../core/media/flv/metadata.ts';
import {
  HEVC_RECORD,
  aacFrame,
  aacHeader,
  avcFrame,
  avcHeader,
  describePackets,
  isKeyframe,
  shortStream,
} from '../../helpers/media/media.ts';
import { playFrom, publishTo, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { joinAfter, joinWithoutCache, relay } from './packets-kit.ts';

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

test('with gop_num: 0 a late joiner starts with headers and the next keyframe', async () => {
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

test('a late audio header reaches early viewers in its place, and late viewers first', async () => {
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

test('a picture that changes its size in mid-stream brings a new header to all viewers, and late joiners get only the new one', async () => {
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

test('a codec that changes in mid-stream continues with the headers of the new codec', async () => {
  const hevcHeader: WirePacket = {
    kind: 'video',
    timestamp: 80,
    payload: Buffer.from(`9068766331${HEVC_RECORD}`, 'hex'),
  };
  const hevcKey: WirePacket = {
    kind: 'video',
    timestamp: 80,
    payload: Buffer.from('9368766331000000032601af', 'hex'),
  };
  const packets = [avcHeader(), avcFrame('key', 0, 1), hevcHeader, hevcKey];
  expect(await relay(packets)).toEqual(describePackets(packets));
  expect(describePackets(await joinAfter(packets))).toEqual(describePackets([hevcHeader, hevcKey]));
});

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

test.each([
  ['HEVC', `9068766331${HEVC_RECORD}`, '9168766331000000000000032601af', 'a368766331000000030201d0'],
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
