import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  ADTS_HEADER_BYTES,
  buildAudioSpecificConfig,
  buildSilentFrame,
  parseAudioSpecificConfig,
  writeAdtsHeader,
} from '../../../../core/media/aac/index.ts';

describe('a silent frame', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('of channel configuration %i decodes without a fault', (channels) => {
    const bytes = buildAudioSpecificConfig({
      objectType: 2,
      samplingFrequency: 44_100,
      channelConfiguration: channels,
    });
    const config = parseAudioSpecificConfig(bytes);
    const frame = buildSilentFrame(config)!;
    const adts = Buffer.alloc(ADTS_HEADER_BYTES + frame.length);
    frame.copy(adts, writeAdtsHeader(config, frame.length, adts, 0));
    const decoded = decode(Buffer.concat(Array.from({ length: 20 }, () => adts)));
    expect(decoded.stderr).toBe('');
    expect(decoded.stdout.length).toBe(20 * 1024 * config.channels * 2);
    expect(decoded.stdout.every((byte) => byte === 0)).toBe(true);
  });

  test.each([
    [11, 7],
    [12, 8],
  ])(
    'of channel configuration %i decodes as %i channels behind the element that ADTS needs for it',
    (number, channels) => {
      const config = parseAudioSpecificConfig(
        buildAudioSpecificConfig({ objectType: 2, samplingFrequency: 48_000, channelConfiguration: number }),
      );
      const block = Buffer.concat([config.programConfig!.bytes, buildSilentFrame(config)!]);
      const adts = Buffer.alloc(ADTS_HEADER_BYTES + block.length);
      block.copy(adts, writeAdtsHeader(config, block.length, adts, 0));
      const decoded = decode(Buffer.concat(Array.from({ length: 20 }, () => adts)));
      expect(decoded.stderr).toBe('');
      expect(decoded.stdout.length).toBe(20 * 1024 * channels * 2);
    },
  );

  test('of a stereo pair has these bits', () => {
    const frame = buildSilentFrame({ objectType: 2, channelConfiguration: 2, programConfig: undefined });
    expect(frame?.toString('hex')).toBe('21000000001c');
  });

  test('cannot be made for a layout that only the encoder knows, or for other codecs', () => {
    expect(
      buildSilentFrame({ objectType: 2, channelConfiguration: 0, programConfig: undefined }),
    ).toBeUndefined();
    expect(
      buildSilentFrame({ objectType: 2, channelConfiguration: 11, programConfig: undefined }),
    ).toBeUndefined();
    expect(
      buildSilentFrame({ objectType: 42, channelConfiguration: 2, programConfig: undefined }),
    ).toBeUndefined();
  });
});

function decode(adts: Buffer): { stdout: Buffer; stderr: string } {
  const options = ['-v', 'error', '-f', 'aac', '-i', '-', '-f', 's16le', '-'];
  const { stdout, stderr } = spawnSync('ffmpeg', options, { input: adts });
  return { stdout, stderr: stderr.toString() };
}
