import { expect, test } from 'vitest';
import { parseAc3SyncFrame } from '../../../../core/media/ac3/index.ts';
import { hex } from '../bytes.ts';

/** Heads of frames that ffmpeg wrote; rates, channels and sizes are what ffprobe says of them. */
test('parseAc3SyncFrame reads AC-3 5.1 at 448 kbit/s', () => {
  expect(parseAc3SyncFrame(hex('0b77d0f81e40ebf8403e'))).toEqual({
    codec: 'ac3',
    bsid: 8,
    acmod: 7,
    lfe: true,
    channels: 6,
    samplingFrequency: 48_000,
    bitRate: 448_000,
    frameLength: 1792,
    samples: 1536,
    dependent: false,
  });
});

test.each([
  [
    'AC-3 mono at 44.1 kHz, the shorter of its two frames',
    '0b771ef84c402f842be1',
    ['ac3', 1, 44_100, 96_000, 416, 1536],
  ],
  ['the longer one', '0b771ef84d402f842be1', ['ac3', 1, 44_100, 96_000, 418, 1536]],
  ['E-AC-3 5.1', '0b7701ff3f87c00020c8', ['eac3', 6, 48_000, 256_000, 1024, 1536]],
  ['E-AC-3 mono', '0b7700cf7287c0002106', ['eac3', 1, 44_100, 95_550, 416, 1536]],
  ['E-AC-3 of one block', '0b7700cf0287c0002106', ['eac3', 1, 48_000, 624_000, 416, 256]],
  ['E-AC-3 at half of 48 kHz', '0b7700cfc287c0002106', ['eac3', 1, 24_000, 52_000, 416, 1536]],
])('parseAc3SyncFrame reads %s', (_name, bytes, expected) => {
  const frame = parseAc3SyncFrame(hex(bytes));
  expect([
    frame?.codec,
    frame?.channels,
    frame?.samplingFrequency,
    frame?.bitRate,
    frame?.frameLength,
    frame?.samples,
  ]).toEqual(expected);
});

test('parseAc3SyncFrame tells a dependent frame, which adds channels to the one before', () => {
  expect(parseAc3SyncFrame(hex('0b7740cf7287c0002106'))).toMatchObject({ codec: 'eac3', dependent: true });
});

test.each(['0b77d0f81e40eb', '0b78d0f81e40ebf8', '0b77d0f8de40ebf8', '0b77d0f83e40ebf8', '0b77d0f81ef0ebf8'])(
  'parseAc3SyncFrame finds no frame in %s: too short, no sync word, reserved frequency, size or version',
  (bytes) => {
    expect(parseAc3SyncFrame(hex(bytes))).toBeUndefined();
  },
);
