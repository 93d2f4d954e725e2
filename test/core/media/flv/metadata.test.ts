import { describe, expect, test } from 'vitest';
import {
  AmfEcmaArray,
  AmfTypedObject,
  buildAmf0,
  parseAmf0,
  type AmfValue,
} from '../../../../core/media/amf0/index.ts';
import { buildAmf3 } from '../../../../core/media/amf3/index.ts';
import {
  buildMetadata,
  buildSetDataFrame,
  dataMessageName,
  liveMetadata,
  normaliseDataMessage,
  parseDataMessage,
  parseMetadata,
  restrictMetadata,
} from '../../../../core/media/flv/metadata.ts';
import { describeData } from '../../../../core/media/flv/tag-body.ts';

const published = buildAmf0(['@setDataFrame', 'onMetaData', new AmfEcmaArray({ width: 640 })]);
const played = buildAmf0(['onMetaData', new AmfEcmaArray({ width: 640 })]);

describe('normaliseDataMessage', () => {
  test('takes @setDataFrame away, so that the same bytes suit players and files', () => {
    expect(normaliseDataMessage(published).equals(played)).toBe(true);
    expect(normaliseDataMessage(published).buffer).toBe(published.buffer);
    expect(normaliseDataMessage(played)).toBe(played);
  });

  test('takes away the leading 0 of a message of type 15', () => {
    expect(normaliseDataMessage(Buffer.concat([Buffer.of(0), published])).equals(played)).toBe(true);
  });

  test('puts AMF 3 values as AMF 0, which is all that FLV players read', () => {
    const amf3 = Buffer.concat([
      buildAmf0(['@setDataFrame', 'onMetaData']),
      Buffer.of(0x11),
      buildAmf3([{ width: 640 }]),
    ]);
    expect(normaliseDataMessage(amf3).equals(buildAmf0(['onMetaData', { width: 640 }]))).toBe(true);
  });

  test.each(['', '00', '02', '02ffff61'])('leaves %j alone, which says nothing', (text) => {
    const payload = Buffer.from(text, 'hex');
    expect(normaliseDataMessage(payload).length).toBe(text === '00' ? 0 : payload.length);
    expect(dataMessageName(payload)).toBeUndefined();
  });
});

test.each([
  ['from a publisher', published],
  ['on its way to a player', played],
  ['of a message of type 15', Buffer.concat([Buffer.of(0), published])],
  ['as an object instead of an array', buildAmf0(['onMetaData', { width: 640 }])],
])('onMetaData is read %s', (_name, payload) => {
  expect(dataMessageName(payload)).toBe('onMetaData');
  expect({ ...parseMetadata(payload) }).toEqual({ width: 640 });
  expect(describeData(payload)).toMatchObject({ kind: 'data', header: true, keyframe: false });
});

test('onMetaData is told apart from other data', () => {
  const cue = buildAmf0(['onCuePoint', { name: 'x' }]);
  expect(parseMetadata(cue)).toBeUndefined();
  expect(parseDataMessage(cue).name).toBe('onCuePoint');
  expect(describeData(cue)).toMatchObject({ kind: 'data', header: false });
  expect(() => parseDataMessage(Buffer.of(5))).toThrow(/begins with no name/);
});

test('onMetaData is written for players and for servers', () => {
  expect(parseAmf0(buildMetadata({ width: 1 }))[0]).toBe('onMetaData');
  expect(parseAmf0(buildSetDataFrame({ width: 1 })).slice(0, 2)).toEqual(['@setDataFrame', 'onMetaData']);
});

test('onMetaData loses what it says of the other kind when a viewer wants only one', () => {
  const payload = buildMetadata({
    duration: 0,
    width: 640,
    height: 360,
    videocodecid: 7,
    videodatarate: 900,
    framerate: 25,
    fps: 25,
    audiocodecid: 10,
    audiosamplerate: 44_100,
    stereo: true,
    '5.1': false,
    encoder: 'obs',
  });
  const keys = (only: 'audio' | 'video'): string[] =>
    Object.keys(parseMetadata(restrictMetadata(payload, only)) ?? {});
  expect(keys('audio')).toEqual([
    'duration',
    'audiocodecid',
    'audiosamplerate',
    'stereo',
    '5.1',
    'encoder',
    'hasAudio',
    'hasVideo',
  ]);
  expect(keys('video')).toEqual([
    'duration',
    'width',
    'height',
    'videocodecid',
    'videodatarate',
    'framerate',
    'fps',
    'encoder',
    'hasAudio',
    'hasVideo',
  ]);
});

/** Each of eight objects holds the one before it twice. */
function bomb(): Buffer {
  const body = buildMetadata({ duration: 1, k0: {} }).subarray(0, -3);
  const text = (name: string): Buffer => Buffer.concat([Buffer.of(0, name.length), Buffer.from(name)]);
  const twice = (index: number): Buffer[] => {
    const reference = Buffer.of(7, 0, index);
    return [text(`k${index}`), Buffer.of(3), text('a'), reference, text('b'), reference, Buffer.of(0, 0, 9)];
  };
  const objects = Array.from({ length: 8 }, (_, index) => twice(index + 1));
  return Buffer.concat([body, ...objects.flat(), Buffer.of(0, 0, 9)]);
}

test('objects that refer to each other are read', () => {
  expect(Object.keys(parseMetadata(bomb())!)).toHaveLength(10);
});

describe('onMetaData of a live stream', () => {
  const OF_A_FILE = {
    duration: 5537.1,
    filesize: 1_036_288_000,
    datasize: 1_030_000_000,
    videosize: 900_000_000,
    audiosize: 100_000_000,
    lasttimestamp: 5537,
    lastkeyframetimestamp: 5535,
    lastkeyframelocation: 1_036_000_000,
    hasKeyframes: true,
    canSeekToEnd: true,
    keyframes: { times: [0, 2], filepositions: [13, 5000] },
  };
  const about = (value: AmfValue): Buffer => buildAmf0(['onMetaData', value]);

  test('says nothing of a file, and all else', () => {
    const payload = buildMetadata({ width: 640, ...OF_A_FILE, videodatarate: 900, audiosamplesize: 16 });
    const kept = buildMetadata({ width: 640, videodatarate: 900, audiosamplesize: 16 });
    expect(liveMetadata(payload)).toEqual(kept);
  });

  test('of OBS, which names a size of 0 in letters of its own, has none', () => {
    const payload = buildMetadata({ duration: 0, fileSize: 0, width: 1280 });
    expect(liveMetadata(payload)).toEqual(buildMetadata({ width: 1280 }));
  });

  test.each<readonly [string, Buffer, Buffer]>([
    ['an object', about({ duration: 1, width: 1 }), about({ width: 1 })],
    [
      'a typed object',
      about(new AmfTypedObject('Info', { duration: 1, width: 1 })),
      about(new AmfTypedObject('Info', { width: 1 })),
    ],
    [
      'followed by other values',
      buildAmf0(['onMetaData', new AmfEcmaArray({ duration: 1 }), 'more', 7]),
      buildAmf0(['onMetaData', new AmfEcmaArray(), 'more', 7]),
    ],
  ])('stays %s', (_, payload, kept) => expect(liveMetadata(payload)).toEqual(kept));

  test.each<readonly [string, Buffer]>([
    ['metadata that say nothing of a file', played],
    ['metadata without properties', buildAmf0(['onMetaData'])],
    ['another message', buildAmf0(['onCuePoint', { duration: 3 }])],
    ['malformed metadata', buildMetadata({ width: 1, duration: 3 }).subarray(0, -6)],
    ['nothing', Buffer.alloc(0)],
    ['objects that refer to each other, and would be written hundreds of times', bomb()],
  ])('leaves %s as it came', (_, payload) => expect(liveMetadata(payload)).toBe(payload));
});

test('onMetaData passes on unread what is malformed', () => {
  const broken = played.subarray(0, -6);
  expect(restrictMetadata(broken, 'audio')).toBe(broken);
});
