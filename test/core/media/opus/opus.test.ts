import { describe, expect, test } from 'vitest';
import { opusPacketSamples, parseOpusHead } from '../../../../core/media/opus/index.ts';
import { hex } from '../bytes.ts';

/** Heads that libopus wrote. */
const MONO = hex('4f707573486561640101380180bb0000000000');
const SURROUND = hex('4f707573486561640106380180bb00000000010402000401020305');

describe('parseOpusHead', () => {
  test('reads a mono stream', () => {
    expect(parseOpusHead(MONO)).toEqual({
      channels: 1,
      preSkip: 312,
      inputSampleRate: 48_000,
      outputGain: 0,
      mappingFamily: 0,
      streams: 1,
      coupledStreams: 0,
      channelMapping: [0],
    });
  });

  test('reads the channel mapping of 5.1', () => {
    expect(parseOpusHead(SURROUND)).toMatchObject({
      channels: 6,
      mappingFamily: 1,
      streams: 4,
      coupledStreams: 2,
      channelMapping: [0, 4, 1, 2, 3, 5],
    });
  });

  test('rejects a head that is cut short, has no channel, or is of a version to come', () => {
    for (let length = 0; length < SURROUND.length; length++) {
      expect(() => parseOpusHead(SURROUND.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'LVG_MEDIA' }),
      );
    }
    expect(() => parseOpusHead(Buffer.concat([MONO.subarray(0, 9), hex('00'), MONO.subarray(10)]))).toThrow(
      /no channel/,
    );
    expect(() => parseOpusHead(Buffer.concat([MONO.subarray(0, 8), hex('10'), MONO.subarray(9)]))).toThrow(
      /version 16/,
    );
  });
});

describe('opusPacketSamples', () => {
  test.each([
    ['fc', 960],
    ['f8', 960],
    ['e0', 120],
    ['08', 960],
    ['18', 2880],
    ['60', 480],
    ['f9', 1920],
    ['fb03', 2880],
    ['1b02', 5760],
    ['1b03', 0],
    ['', 0],
    ['fb', 0],
  ])('of %s is %i', (packet, samples) => {
    expect(opusPacketSamples(hex(packet))).toBe(samples);
  });
});
