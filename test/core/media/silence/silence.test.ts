// A muted stream is silent for every decoder, and goes on as before for every player.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeAudio, describeVideo } from '../../../../core/media/flv/tag-body.ts';
import { opusPacketSamples } from '../../../../core/media/opus/index.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import {
  SilentAudio,
  silentAacFrame,
  silentFlacFrame,
  silentMp3Frames,
  silentOpusPacket,
} from '../../../../core/media/silence/index.ts';
import {
  buildAudioSpecificConfig,
  parseAudioSpecificConfig,
  writeAdtsHeader,
} from '../../../../core/media/aac/index.ts';

/** The loudest sample that ffmpeg decodes, in dB, and how many samples there are. */
function decode(bytes: Buffer, format: string): { samples: number; loudest: number } {
  const { stderr } = spawnSync(
    'ffmpeg',
    ['-hide_banner', '-f', format, '-i', 'pipe:0', '-af', 'volumedetect', '-f', 'null', '-'],
    { input: bytes, encoding: 'utf8' },
  );
  expect(stderr).not.toMatch(/error|invalid/i);
  const samples = Number(/n_samples: (\d+)/.exec(stderr)?.[1]);
  return { samples, loudest: Number(/max_volume: (-?[\d.]+) dB/.exec(stderr)?.[1]) };
}

describe('AAC', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    'a silent frame of channel configuration %i decodes to silence',
    (channels) => {
      const frame = silentAacFrame(channels)!;
      const config = parseAudioSpecificConfig(
        buildAudioSpecificConfig({
          objectType: 2,
          samplingFrequency: 48_000,
          channelConfiguration: channels,
        }),
      );
      const adts = Array.from({ length: 20 }, () => {
        const packet = Buffer.alloc(7 + frame.length);
        writeAdtsHeader(config, frame.length, packet, 0);
        frame.copy(packet, 7);
        return packet;
      });
      const { samples, loudest } = decode(Buffer.concat(adts), 'aac');
      expect(samples).toBe(20 * 1024 * config.channels);
      expect(loudest).toBeLessThanOrEqual(-90);
    },
  );

  test('there is none where only a program_config_element tells the channels', () => {
    expect(silentAacFrame(0)).toBeUndefined();
  });
});

test('silent MP3 frames have the length of the sounding ones, and decode to silence', () => {
  const tone = spawnSync(
    'ffmpeg',
    [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'sine=duration=1',
      '-c:a',
      'libmp3lame',
      '-id3v2_version',
      '0',
      '-write_xing',
      '0',
      '-f',
      'mp3',
      '-',
    ],
    { maxBuffer: 1e7 },
  ).stdout;
  const before = decode(tone, 'mp3');
  expect(before.loudest).toBeGreaterThan(-30);
  const silent = silentMp3Frames(tone)!;
  expect(silent).toHaveLength(tone.length);
  const after = decode(silent, 'mp3');
  expect(after.samples).toBe(before.samples);
  expect(after.loudest).toBeLessThanOrEqual(-90);
});

test.each([
  ['stereo', 's16', '2'],
  ['24 bits in stereo', 's32', '2'],
  ['5.1', 's16', '6'],
])('silent FLAC frames decode to silence: %s', (_, format, channels) => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-flac-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'tone.flac');
  const input = ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1'];
  spawnSync('ffmpeg', [...input, '-ac', channels, '-sample_fmt', format, file]);
  const { stdout } = spawnSync(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'packet=pos,size', '-of', 'csv=p=0', file],
    { encoding: 'utf8' },
  );
  const places = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
  const bytes = readFileSync(file);
  const frames = places.map(([size = 0, at = 0]) => bytes.subarray(at, at + size));
  const silent = frames.map((frame) => silentFlacFrame(frame)!);
  const before = decode(bytes, 'flac');
  expect(before.loudest).toBeGreaterThan(-40);
  const after = decode(Buffer.concat([bytes.subarray(0, places[0]![1]), ...silent]), 'flac');
  expect(after.samples).toBe(before.samples);
  expect(after.loudest).toBeLessThanOrEqual(-90);
  expect(silentFlacFrame(frames[0]!.subarray(0, 4))).toBeUndefined();
  expect(silentFlacFrame(Buffer.alloc(20))).toBeUndefined();
});

// TOC byte: configuration, stereo, code; then whatever follows.
test.each([
  ['20 ms of full-band CELT', 'fc00'],
  ['2.5 ms', 'e400'],
  ['60 ms of SILK', '1800'],
  ['two frames of 10 ms', 'f100'],
  ['three frames of 20 ms', 'fb0300'],
])('a silent Opus packet lasts as long: %s', (_, hex) => {
  const packet = Buffer.from(hex, 'hex');
  const silent = silentOpusPacket(packet)!;
  expect(opusPacketSamples(silent)).toBe(opusPacketSamples(packet));
  expect(silent[0]! & 4).toBe(packet[0]! & 4);
});

describe('a muted stream', () => {
  const header = audio('af001210');
  const frame = (bytes: string): string | undefined =>
    new SilentAudio([header]).alter(audio(bytes))?.payload.toString('hex');

  test('keeps video, headers and times', () => {
    const silent = new SilentAudio([]);
    const video = new MediaPacket(
      describeVideo(Buffer.from('1701000000', 'hex')),
      7,
      Buffer.from('1701000000', 'hex'),
    );
    expect(silent.alter(video)).toBe(video);
    expect(silent.alter(header)).toBe(header);
    expect(silent.alter(audio('af01ffff', 40))).toMatchObject({ timestamp: 40, kind: 'audio', codec: 'aac' });
  });

  test('has silence in the codec of the stream', () => {
    expect(frame('af01ffff')).toBe(`af01${silentAacFrame(2)!.toString('hex')}`);
    expect(frame('7012345678')).toBe('70d5d5d5d5');
    expect(frame('8012345678')).toBe('80ffffffff');
    expect(frame('3e12345678')).toBe('3e00000000');
    expect(frame('3c1234')).toBe('3c8080');
    expect(frame('914f707573fc0102')?.slice(-6)).toBe('fcfffe');
  });

  test('has silence in each track of a message with several, whose lengths say so', () => {
    // Multitrack of many tracks, Opus: tracks 0 and 1, each with the length of its data.
    const message = '95' + '11' + '4f707573' + '00' + '000003' + 'fc0102' + '01' + '000004' + 'e4010203';
    expect(frame(message)).toBe(
      '9511' + '4f707573' + '00' + '000003' + 'fcfffe' + '01' + '000003' + 'e4fffe',
    );
    // One track has no length, and one of many that is alone has.
    expect(frame('9501' + '4f707573' + '02' + 'fc010203')).toBe('9501' + '4f707573' + '02' + 'fcfffe');
    expect(frame('9511' + '4f707573' + '02' + '000004' + 'fc010203')).toBe(
      '9511' + '4f707573' + '02' + '000003' + 'fcfffe',
    );
    // Many codecs: FLAC cannot be replaced here, because its frame is malformed.
    expect(
      frame('9521' + '4f707573' + '00' + '000003' + 'fc0102' + '664c6143' + '01' + '000001' + 'ff'),
    ).toBeUndefined();
  });

  test('is without sound where there is no silence to be had', () => {
    expect(frame('b61234')).toBeUndefined();
    expect(frame('2fffff')).toBeUndefined();
    expect(new SilentAudio([]).alter(audio('af01ffff'))).toBeUndefined();
  });
});

function audio(hex: string, timestamp = 0): MediaPacket {
  const payload = Buffer.from(hex, 'hex');
  return new MediaPacket(describeAudio(payload), timestamp, payload);
}
