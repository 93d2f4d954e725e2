// AAC of a transport stream whose channels are laid out by an element in the first frame alone, as ffmpeg writes it.
import { expect, test } from 'vitest';
import { parseAudioSpecificConfig, writeAdtsHeader } from '../../../../../core/media/aac/index.ts';
import { AudioFrames } from '../../../../../core/media/mpegts/reader/audio-frames.ts';
import { bits, hex } from '../../bytes.ts';

/** AAC LC, 48 kHz: front left and right, back left and right, LFE. */
const CONFIG = bits(
  '00010 0011 0000 0 0 0 0000 01 0011 0001 0000 0001 01 000 0000 0 0 0 1 0000 1 0001 0000 00000000',
);
const FRAME = '21000000001c';

function adts(block: Buffer): Buffer {
  const bytes = Buffer.alloc(7 + block.length);
  block.copy(bytes, writeAdtsHeader(parseAudioSpecificConfig(CONFIG), block.length, bytes, 0));
  return bytes;
}

const layout = parseAudioSpecificConfig(CONFIG).programConfig!.bytes;
const first = adts(Buffer.concat([layout, hex(FRAME)]));
const next = adts(hex(FRAME));

function read(frames: AudioFrames, ...packets: readonly Buffer[]): string[] {
  return packets.flatMap((payload, index) =>
    frames.read({ payload, pts: index * 1920 }).map(({ body }) => body.toString('hex')),
  );
}

test('the frames after it belong to the same configuration', () => {
  expect(read(new AudioFrames('aac'), first, next, next)).toEqual([
    `af00${CONFIG.toString('hex')}`,
    `af01${layout.toString('hex')}${FRAME}`,
    `af01${FRAME}`,
    `af01${FRAME}`,
  ]);
});

test('the element may be cut by the end of a packet', () => {
  expect(
    read(new AudioFrames('aac'), first.subarray(0, 12), Buffer.concat([first.subarray(12), next])),
  ).toEqual([`af00${CONFIG.toString('hex')}`, `af01${layout.toString('hex')}${FRAME}`, `af01${FRAME}`]);
});

test('a reader that begins later needs the configuration; without it nothing can be decoded', () => {
  expect(read(new AudioFrames('aac'), next, next)).toEqual([]);
  expect(read(new AudioFrames('aac', CONFIG), next)).toEqual([
    `af00${CONFIG.toString('hex')}`,
    `af01${FRAME}`,
  ]);
});
