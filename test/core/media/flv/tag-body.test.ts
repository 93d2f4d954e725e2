import { describe, expect, test } from 'vitest';
import {
  describeAudio,
  describeVideo,
  parseAudioBody,
  parseAudioTracks,
  parseVideoBody,
  parseVideoTracks,
} from '../../../../core/media/flv/tag-body.ts';
import type { Codec, PacketInfo } from '../../../../core/media/packet.ts';

const bytes = (text: string): Buffer => {
  const parts = text
    .split(' ')
    .map((part) => (part.startsWith("'") ? Buffer.from(part.slice(1), 'latin1') : Buffer.from(part, 'hex')));
  return Buffer.concat(parts);
};

type What = 'header' | 'keyframe' | 'frame' | 'supplement' | 'empty';

const video = (codec: Codec | undefined, what: What, track = 0): PacketInfo => ({
  kind: 'video',
  codec,
  keyframe: what === 'keyframe',
  header: what === 'header',
  supplement: what === 'supplement',
  media: what === 'keyframe' || what === 'frame',
  track,
});
const audio = (codec: Codec | undefined, what: Exclude<What, 'keyframe'>, track = 0): PacketInfo => ({
  ...video(codec, what, track),
  kind: 'audio',
});

test.each([
  [
    'an AVC sequence header, although its frame type says keyframe',
    '17 00 000000 01f4000b',
    video('avc', 'header'),
  ],
  ['an AVC keyframe', '17 01 000000 00000001 65', video('avc', 'keyframe')],
  ['a generated AVC keyframe', '47 01 000000 00000001 65', video('avc', 'keyframe')],
  ['an AVC frame', '27 01 000028 00000001 41', video('avc', 'frame')],
  ['a disposable AVC frame', '37 01 000028 00000001 01', video('avc', 'frame')],
  [
    'the end of an AVC sequence, although its frame type says keyframe',
    '17 02 000000',
    video('avc', 'empty'),
  ],
  ['a seek command', '57 00', video('avc', 'empty')],
  ['HEVC by CodecID 12', '1c 00 000000 01', video('hevc', 'header')],
  ['AV1 by CodecID 13', '1d 01 000000 0a', video('av1', 'keyframe')],
  ['Sorenson H.263, which has no packet type', '12 00008400', video('sorenson', 'keyframe')],
  ['VP6', '24 00', video('vp6', 'frame')],
  ['an undefined CodecID', '1f 01', video(undefined, 'keyframe')],
  ['nothing at all', '', video(undefined, 'empty')],
  ['an AVC header cut short', '17 00', video('avc', 'empty')],
  ['an AVC keyframe without data', '17 01 000000', video('avc', 'empty')],
  ['an enhanced HEVC header', "90 'hvc1 01", video('hevc', 'header')],
  [
    'an enhanced HEVC keyframe with composition time',
    "91 'hvc1 000050 00000001 26",
    video('hevc', 'keyframe'),
  ],
  ['an enhanced AV1 frame', "a3 'av01 12", video('av1', 'frame')],
  ['an enhanced VP9 keyframe', "91 'vp09 82", video('vp9', 'keyframe')],
  ['enhanced VVC, VP8, AVC', "93 'vvc1 00", video('vvc', 'keyframe')],
  ['an enhanced VP8 keyframe', "91 'vp08 82", video('vp8', 'keyframe')],
  ['an enhanced AVC header', "90 'avc1 01", video('avc', 'header')],
  ['an enhanced end of sequence', "92 'hvc1", video('hevc', 'empty')],
  [
    'enhanced metadata (HDR), although its frame type says keyframe',
    "94 'hvc1 02",
    video('hevc', 'supplement'),
  ],
  ['an AV1 header in MPEG-2 TS form', "95 'av01 80", video('av1', 'header')],
  ['an enhanced command', 'd0 00', video(undefined, 'empty')],
  ['an undefined FourCC', "91 'abcd 00", video(undefined, 'keyframe')],
  ['a FourCC cut short', "91 'hv", video(undefined, 'empty')],
  ['one track of a multitrack', "96 00 'avc1 03 01", video('avc', 'header', 3)],
  ['the first of many tracks', "96 11 'hvc1 01 000004 00000026 02 000001 00", video('hevc', 'keyframe', 1)],
  [
    'the first of many tracks and codecs',
    "96 23 'av01 00 000001 12 'hvc1 01 000001 00",
    video('av1', 'keyframe', 0),
  ],
  ['a frame behind a nanosecond offset', "97 02 0003e8 01 'hvc1 000000 26", video('hevc', 'keyframe')],
  [
    'a frame behind two ModEx blocks, the second with a long size',
    `97 00 00 17 ff 0100 ${'00'.repeat(257)} 13 'av01 12`,
    video('av1', 'keyframe'),
  ],
  ['a ModEx block longer than the message', '97 ff ffff 00', video(undefined, 'empty')],
  ['a ModEx block without end', '97', video(undefined, 'empty')],
] as [string, string, PacketInfo][])('describeVideo recognises %s', (_name, payload, description) => {
  expect(describeVideo(bytes(payload))).toEqual(description);
});

test('describeVideo makes no object for a packet of an ordinary stream', () => {
  const frame = bytes('27 01 000000 00000001 41');
  expect(describeVideo(frame)).toBe(describeVideo(Buffer.from(frame)));
  expect(Object.isFrozen(describeVideo(frame))).toBe(true);
});

describe('describeAudio', () => {
  test.each([
    ['an AAC sequence header', 'af 00 1210', audio('aac', 'header')],
    ['an AAC frame', 'af 01 de02', audio('aac', 'frame')],
    ['an AAC header without data', 'af 00', audio('aac', 'empty')],
    ['MP3', '2f fffb', audio('mp3', 'frame')],
    ['MP3 at 8 kHz', 'ee ffe3', audio('mp3', 'frame')],
    ['PCM of both byte orders', '3f 0000', audio('pcm', 'frame')],
    ['G.711', '7e 00', audio('g711a', 'frame')],
    ['Speex', 'b6 00', audio('speex', 'frame')],
    ['a SoundFormat that is reserved', 'cf 00', audio(undefined, 'frame')],
    ['nothing at all', '', audio(undefined, 'empty')],
    ['an enhanced Opus header', "90 'Opus 'OpusHead", audio('opus', 'header')],
    ['an enhanced Opus frame', "91 'Opus fc", audio('opus', 'frame')],
    ['enhanced FLAC, AC-3, E-AC-3, MP3, AAC', "90 'fLaC 00", audio('flac', 'header')],
    ['AC-3', "91 'ac-3 0b77", audio('ac3', 'frame')],
    ['E-AC-3', "91 'ec-3 0b77", audio('eac3', 'frame')],
    ['enhanced MP3', "91 '.mp3 fffb", audio('mp3', 'frame')],
    ['enhanced AAC', "90 'mp4a 1210", audio('aac', 'header')],
    [
      'a multichannel configuration, which is no sequence header',
      "94 'Opus 01 06 0000003f",
      audio('opus', 'supplement'),
    ],
    ['a multitrack header', "95 00 'Opus 02 'OpusHead", audio('opus', 'header', 2)],
    ['a frame behind a nanosecond offset', "97 02 0003e8 01 'Opus fc", audio('opus', 'frame')],
  ] as [string, string, PacketInfo][])('recognises %s', (_name, payload, description) => {
    expect(describeAudio(bytes(payload))).toEqual(description);
  });
});

test('parseVideoBody reads the composition time of an AVC frame as a signed number', () => {
  expect(parseVideoBody(bytes('27 01 ffffd8 00000001 41'))).toEqual({
    codec: 'avc',
    fourCc: undefined,
    frameType: 'inter',
    packetType: 'coded-frames',
    compositionTime: -40,
    timestampOffsetNano: 0,
    track: 0,
    data: bytes('00000001 41'),
  });
});

test.each([
  ["91 'hvc1 000050 26", 'hevc', 80, '26'],
  ["91 'avc1 000050 65", 'avc', 80, '65'],
  ["91 'vvc1 800000 00", 'vvc', -8_388_608, '00'],
  ["93 'hvc1 000050 26", 'hevc', 0, '000050 26'],
  ["91 'av01 12000a", 'av1', 0, '12000a'],
  ["91 'vp09 824983", 'vp9', 0, '824983'],
])(
  'parseVideoBody finds a composition time in %s only where Enhanced RTMP puts one',
  (payload, codec, compositionTime, data) => {
    expect(parseVideoBody(bytes(payload))).toMatchObject({
      codec,
      packetType: 'coded-frames',
      compositionTime,
      data: bytes(data),
    });
  },
);

test('parseVideoBody tells headers, ends, metadata and commands apart', () => {
  const typeOf = (payload: string): string => parseVideoBody(bytes(payload)).packetType;
  expect(typeOf('17 00 000000 01')).toBe('sequence-start');
  expect(typeOf('17 02 000000')).toBe('sequence-end');
  expect(typeOf('17 02')).toBe('sequence-end');
  expect(typeOf('17 09 000000')).toBe('reserved');
  expect(typeOf('57 01')).toBe('command');
  expect(typeOf("94 'hvc1 02")).toBe('metadata');
  expect(typeOf("d4 'hvc1 02")).toBe('metadata');
  expect(typeOf('d1 01')).toBe('command');
  expect(typeOf("95 'av01 80")).toBe('mpeg2ts-sequence-start');
  expect(typeOf("98 'av01 80")).toBe('reserved');
});

test('parseVideoBody adds nothing to Sorenson and VP6, which have one byte of header', () => {
  expect(parseVideoBody(bytes('12 00008400'))).toMatchObject({
    codec: 'sorenson',
    data: bytes('00008400'),
  });
});

test('parseVideoBody reads the nanoseconds of a ModEx block', () => {
  expect(parseVideoBody(bytes("97 02 0f423f 03 'hvc1 26"))).toMatchObject({
    timestampOffsetNano: 999_999,
    data: bytes('26'),
  });
});

test('parseVideoBody gives one body for each track, of one codec or of many', () => {
  const oneCodec = parseVideoTracks(bytes("96 11 'hvc1 00 000004 00005026 01 000003 ffffff"));
  expect(oneCodec).toMatchObject([
    { codec: 'hevc', track: 0, compositionTime: 80, data: bytes('26') },
    { codec: 'hevc', track: 1, compositionTime: -1, data: bytes('') },
  ]);
  const manyCodecs = parseVideoTracks(bytes("96 20 'av01 00 000002 8100 'avc1 05 000001 01"));
  expect(manyCodecs).toMatchObject([
    { codec: 'av1', packetType: 'sequence-start', track: 0, data: bytes('8100') },
    { codec: 'avc', packetType: 'sequence-start', track: 5, data: bytes('01') },
  ]);
  expect(parseVideoTracks(bytes("96 01 'vp09 07 8249"))).toMatchObject([
    { codec: 'vp9', track: 7, data: bytes('8249') },
  ]);
});

test.each([
  '',
  '17',
  '17 01 0000',
  "91 'hv",
  "91 'hvc1 0000",
  '97',
  '97 ff',
  "96 11 'hvc1 00 000009 00",
  "96 31 'hvc1 00",
])('parseVideoBody rejects %s, which is cut short or reserved', (payload) => {
  expect(() => parseVideoTracks(bytes(payload))).toThrow(expect.objectContaining({ code: 'LVG_FLV' }));
});

test('parseVideoBody rejects more tracks than there are ids', () => {
  const body = bytes(`96 11 'hvc1 ${'00000000'.repeat(257)}`.replace('11', '13'));
  expect(() => parseVideoTracks(body)).toThrow(/more than 256 tracks/);
  expect(parseVideoBody(body).track).toBe(0);
});

test('parseAudioBody reads AAC, whose sound flags are a dummy', () => {
  expect(parseAudioBody(bytes('af 00 1210'))).toEqual({
    codec: 'aac',
    fourCc: undefined,
    packetType: 'sequence-start',
    sound: { sampleRate: 44_100, sampleBits: 16, channels: 2 },
    timestampOffsetNano: 0,
    track: 0,
    data: bytes('1210'),
  });
  expect(parseAudioBody(bytes('af 01 21'))).toMatchObject({
    packetType: 'coded-frames',
    data: bytes('21'),
  });
});

test.each([
  ['2a fffb', { sampleRate: 22_050, sampleBits: 16, channels: 1 }],
  ['ee ffe3', { sampleRate: 8000, sampleBits: 16, channels: 1 }],
  ['7f 00', { sampleRate: 8000, sampleBits: 16, channels: 1 }],
  ['b6 00', { sampleRate: 16_000, sampleBits: 16, channels: 1 }],
  ['45 00', { sampleRate: 16_000, sampleBits: 8, channels: 1 }],
  ['31 00', { sampleRate: 5512, sampleBits: 8, channels: 2 }],
])('parseAudioBody reads rate and channels of %s', (payload, sound) => {
  expect(parseAudioBody(bytes(payload)).sound).toEqual(sound);
});

test('parseAudioBody reads enhanced audio, alone and in many tracks', () => {
  expect(parseAudioBody(bytes("91 'Opus fcff"))).toMatchObject({
    codec: 'opus',
    fourCc: 'Opus',
    data: bytes('fcff'),
  });
  expect(parseAudioBody(bytes("94 'Opus 01 06 0000003f"))).toMatchObject({
    packetType: 'multichannel-config',
  });
  expect(parseAudioTracks(bytes("95 21 'Opus 00 000001 fc 'ac-3 01 000002 0b77"))).toMatchObject([
    { codec: 'opus', track: 0, data: bytes('fc') },
    { codec: 'ac3', track: 1, data: bytes('0b77') },
  ]);
});

test.each(['', 'af', "91 'Op", "95 11 'Opus 00 000009 00"])(
  'parseAudioBody rejects %s, which is cut short',
  (payload) => {
    expect(() => parseAudioTracks(bytes(payload))).toThrow(expect.objectContaining({ code: 'LVG_FLV' }));
  },
);
