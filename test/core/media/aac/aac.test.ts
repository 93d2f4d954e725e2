import { describe, expect, test } from 'vitest';
import {
  aacCodecString,
  buildAudioSpecificConfig,
  configOfAdts,
  parseAdtsHeader,
  parseAudioSpecificConfig,
  writeAdtsHeader,
} from '../../../../core/media/aac/index.ts';
import { bits, hex } from '../bytes.ts';

test('parseAudioSpecificConfig reads what OBS sends: AAC LC, 48 kHz, stereo', () => {
  expect(parseAudioSpecificConfig(hex('1190'))).toEqual({
    objectType: 2,
    samplingFrequency: 48_000,
    samplingFrequencyIndex: 3,
    channelConfiguration: 2,
    channels: 2,
    sbr: false,
    ps: false,
    outputFrequency: 48_000,
    frameLength: 1024,
  });
});

test.each([
  ['AAC LC by ffmpeg, which adds that there is no SBR', '121056e500', [2, 44_100, 2, false, false, 44_100]],
  ['5.1 by ffmpeg', '123056e500', [2, 44_100, 6, false, false, 44_100]],
  ['HE-AAC, signalled first', '2b92 0800', [2, 22_050, 2, true, false, 44_100]],
  ['HE-AAC v2, signalled first', 'eb8a 0800', [2, 22_050, 1, true, true, 44_100]],
  [
    'HE-AAC, signalled behind for the sake of old decoders',
    '1390 56e5a0',
    [2, 22_050, 2, true, false, 44_100],
  ],
  ['HE-AAC v2, signalled behind', '1388 56e5a54880', [2, 22_050, 1, true, true, 44_100]],
  ['a frequency of 24 bits', '17802ee008', [2, 24_000, 1, false, false, 24_000]],
  ['7.1', '11b8', [2, 48_000, 8, false, false, 48_000]],
  ['nothing but the first 13 bits', '1210', [2, 44_100, 2, false, false, 44_100]],
])('parseAudioSpecificConfig reads %s', (_name, bytes, expected) => {
  const config = parseAudioSpecificConfig(hex(bytes));
  expect([
    config.objectType,
    config.samplingFrequency,
    config.channels,
    config.sbr,
    config.ps,
    config.outputFrequency,
  ]).toEqual(expected);
});

test('parseAudioSpecificConfig reads escaped object types: 42 is USAC', () => {
  expect(parseAudioSpecificConfig(bits('11111 001010 0011 0010'))).toMatchObject({
    objectType: 42,
    channels: 2,
  });
});

test('parseAudioSpecificConfig counts the channels of a program_config_element', () => {
  const element = '0000 01 0011 0001 0000 0001 01 000 0000 0 0 0 1 0000 1 0001 0000 00 00000000';
  expect(parseAudioSpecificConfig(bits(`00010 0011 0000 0 0 0 ${element}`))).toMatchObject({
    channelConfiguration: 0,
    channels: 5,
  });
});

test('parseAudioSpecificConfig gives a program_config_element as a raw_data_block begins with it, without its comment', () => {
  const before = '0000 01 0011 0001 0000 0001 01 000 0000 0 0 0 1 0000 1 0001 0000';
  const element = `${before} 00000001 01000001`;
  const { programConfig } = parseAudioSpecificConfig(bits(`00010 0011 0000 0 0 0 ${element}`));
  expect(programConfig?.bytes).toEqual(bits(`101 ${before} 00000 00000000`));
  expect(programConfig?.elements).toEqual([
    { kind: 'pair', tag: 0 },
    { kind: 'pair', tag: 1 },
    { kind: 'lfe', tag: 0 },
  ]);
});

test('parseAudioSpecificConfig reads frames of 960 samples', () => {
  expect(parseAudioSpecificConfig(bits('00010 0011 0010 1 0 0')).frameLength).toBe(960);
});

test.each([
  ['nothing', '', /5 bits wanted, 0 left/],
  ['one byte', '12', /4 bits wanted, 3 left/],
  ['a reserved frequency', '1690', /samplingFrequencyIndex 13 is reserved/],
])('parseAudioSpecificConfig rejects %s', (_name, bytes, message) => {
  expect(() => parseAudioSpecificConfig(hex(bytes))).toThrow(message);
});

test('parseAudioSpecificConfig is built again', () => {
  expect(
    buildAudioSpecificConfig({ objectType: 2, samplingFrequency: 44_100, channelConfiguration: 2 }),
  ).toEqual(hex('1210'));
  const odd = { objectType: 2, samplingFrequency: 37_800, channelConfiguration: 1 };
  expect(parseAudioSpecificConfig(buildAudioSpecificConfig(odd))).toMatchObject({
    ...odd,
    samplingFrequencyIndex: 15,
  });
  expect(() => buildAudioSpecificConfig({ ...odd, objectType: 42 })).toThrow(/not plain AAC/);
});

/** The head of a file by ffmpeg. */
const FILE = hex('fff15040213ffc de0200');

test('ADTS is written as ffmpeg writes it', () => {
  const target = Buffer.alloc(7);
  const config = parseAudioSpecificConfig(hex('1208'));
  expect(writeAdtsHeader(config, 258, target, 0)).toBe(7);
  expect(target).toEqual(FILE.subarray(0, 7));
});

test('ADTS is read', () => {
  expect(parseAdtsHeader(FILE)).toEqual({
    objectType: 2,
    samplingFrequency: 44_100,
    samplingFrequencyIndex: 4,
    channelConfiguration: 1,
    headerLength: 7,
    frameLength: 265,
    samples: 1024,
  });
  expect(parseAdtsHeader(hex('fff05040213ffc'))?.headerLength).toBe(9);
  expect(parseAdtsHeader(hex('fffb5040213ffc'))).toBeUndefined();
  expect(parseAdtsHeader(FILE.subarray(0, 6))).toBeUndefined();
});

test('ADTS whose frame begins with a program_config_element tells the configuration with it', () => {
  // Front left and right, back left and right, LFE.
  const element = '0000 01 0011 0001 0000 0001 01 000 0000 0 0 0 1 0000 1 0001 0000';
  const config = bits(`00010 0011 0000 0 0 0 ${element} 00000000`);
  const { programConfig } = parseAudioSpecificConfig(config);
  const frame = Buffer.concat([programConfig!.bytes, hex('210000')]);
  const adts = Buffer.alloc(7);
  writeAdtsHeader(parseAudioSpecificConfig(config), frame.length, adts, 0);
  expect(configOfAdts(Buffer.concat([adts, frame]))).toEqual(config);
  // The next frames do not say it again, and a torn element says nothing.
  expect(configOfAdts(Buffer.concat([adts, hex('210000')]))).toBeUndefined();
  expect(configOfAdts(Buffer.concat([adts, frame.subarray(0, 4)]))).toBeUndefined();
});

test('7.1 of configuration 12, which ADTS has no number for, is laid out by an element; heights are not', () => {
  const config = parseAudioSpecificConfig(hex('11e0'));
  expect(config).toMatchObject({ channelConfiguration: 12, channels: 8 });
  const element = '101 0000 01 0011 0010 0001 0001 01 000 0000 000 00000 10000 10001 10010 0000';
  expect(config.programConfig!.bytes).toEqual(bits(`${element} 000 00000000`));
  const adts = Buffer.alloc(7);
  writeAdtsHeader(config, 100, adts, 0);
  expect(parseAdtsHeader(adts)?.channelConfiguration).toBe(0);
  const heights = parseAudioSpecificConfig(hex('11f0'));
  expect(() => writeAdtsHeader(heights, 100, adts, 0)).toThrow(/channel configuration 14; ADTS ends at 7/);
});

test('ADTS names the nearest frequency and the usual layout where it cannot say it exactly', () => {
  const target = Buffer.alloc(9);
  const config = {
    ...parseAudioSpecificConfig(hex('1190')),
    samplingFrequencyIndex: 15,
    samplingFrequency: 47_000,
  };
  expect(writeAdtsHeader({ ...config, channelConfiguration: 0, channels: 6 }, 10, target, 2)).toBe(9);
  expect(parseAdtsHeader(target.subarray(2))).toMatchObject({
    samplingFrequency: 48_000,
    channelConfiguration: 6,
  });
});

test('ADTS rejects what it cannot say: long frames and USAC', () => {
  const config = parseAudioSpecificConfig(hex('1190'));
  expect(() => writeAdtsHeader(config, 8185, Buffer.alloc(7), 0)).toThrow(/frame of 8185 bytes/);
  expect(() => writeAdtsHeader({ ...config, objectType: 42 }, 9, Buffer.alloc(7), 0)).toThrow(
    /audio object type 42/,
  );
});

describe('aacCodecString', () => {
  test.each([
    ['1190', 'mp4a.40.2'],
    ['2b920800', 'mp4a.40.5'],
    ['eb8a0800', 'mp4a.40.29'],
  ])('of %s is %s', (bytes, codec) => {
    expect(aacCodecString(parseAudioSpecificConfig(hex(bytes)))).toBe(codec);
  });
});
