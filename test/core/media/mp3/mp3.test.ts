import { expect, test } from 'vitest';
import { parseMp3FrameHeader } from '../../../../core/media/mp3/index.ts';
import { hex } from '../bytes.ts';

test('parseMp3FrameHeader reads MPEG-1 layer III as LAME writes it', () => {
  expect(parseMp3FrameHeader(hex('fffb50c0'))).toEqual({
    version: 1,
    layer: 3,
    bitRate: 64_000,
    samplingFrequency: 44_100,
    channels: 1,
    frameLength: 208,
    samples: 1152,
  });
});

test.each([
  ['with padding', 'fffb52c0', [1, 3, 64_000, 44_100, 209, 1152]],
  ['MPEG-2 layer III', 'fff370c0', [2, 3, 56_000, 22_050, 182, 576]],
  ['MPEG-2.5 layer III', 'ffe338c0', [2.5, 3, 24_000, 8000, 216, 576]],
  ['MPEG-1 layer II', 'fffda404', [1, 2, 192_000, 48_000, 576, 1152]],
  ['MPEG-1 layer I with padding', 'ffff1240', [1, 1, 32_000, 44_100, 36, 384]],
  ['free format', 'fffb00c0', [1, 3, undefined, 44_100, undefined, 1152]],
] as [string, string, unknown[]][])('parseMp3FrameHeader reads %s', (_name, bytes, expected) => {
  const header = parseMp3FrameHeader(hex(bytes));
  expect([
    header?.version,
    header?.layer,
    header?.bitRate,
    header?.samplingFrequency,
    header?.frameLength,
    header?.samples,
  ]).toEqual(expected);
});

test.each([
  ['too short', 'fffb50'],
  ['no sync', 'fedb50c0'],
  ['the reserved version', 'ffeb50c0'],
  ['layer 0, which is AAC', 'fff150c0'],
  ['bit rate 15', 'fffbf0c0'],
  ['sampling frequency 3', 'fffb5cc0'],
])('parseMp3FrameHeader finds no header in what is %s', (_name, bytes) => {
  expect(parseMp3FrameHeader(hex(bytes))).toBeUndefined();
});
