// What an ffmpeg cannot make of a stream is said before it runs, with the way out.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeAudio, describeVideo, MediaPacket, type StreamCodecs } from 'livego/media';
import { samplePackets, startTestServer } from 'livego/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import engine from '../../../plugins/engine/index.ts';
import { misfitsOf, readVersion } from '../../../plugins/engine/program-limits.ts';
import type { EngineOptions } from '../../../plugins/engine/schema.ts';
import { HEVC_RECORD } from '../../helpers/media/media.ts';
import { filesIn, temporaryFolder } from '../record-flv/record-kit.ts';

const OLD = `ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers
libavutil      57. 28.100 / 57. 28.100
libavformat    59. 27.100 / 59. 27.100
`;
const NEW = `ffmpeg version N-121000-gabcdef Copyright (c) 2000-2026 the FFmpeg developers
libavformat    62.  3.100 / 62.  3.100
`;

/** A sequence start of Enhanced RTMP: HEVC. */
const HEVC = Buffer.concat([Buffer.from('\x90hvc1', 'latin1'), Buffer.from(HEVC_RECORD, 'hex')]);
/** The same for audio: Opus. */
const OPUS = Buffer.from([0x90, ...Buffer.from('Opus'), 1]);

test('the version is read from what ffmpeg tells, also of a build of its sources', () => {
  expect(readVersion(OLD)).toEqual({ name: '5.1.9-0+deb12u1', format: 59_027 });
  expect(readVersion(NEW)).toEqual({ name: 'N-121000-gabcdef', format: 62_003 });
  expect(readVersion('usage: tool FILE')).toBeUndefined();
});

describe('a stream', () => {
  const headers = [
    new MediaPacket(describeVideo(HEVC), 0, HEVC),
    new MediaPacket(describeAudio(OPUS), 0, OPUS),
  ];

  function misfits(
    tracks: StreamCodecs,
    output: string,
    options: Partial<EngineOptions> = {},
    extra: string[] = [],
  ) {
    const program = { path: '/usr/bin/ffmpeg', version: readVersion(output), extraArguments: extra };
    const all = { profile: 'segments', output: './replay', vcodec: 'copy', acodec: 'copy', ...options };
    return misfitsOf({ tracks, headers }, program, all as EngineOptions);
  }

  test('whose picture the program does not read is refused, whose sound it does not read is not', () => {
    expect(misfits({ video: 'hevc', audio: 'opus' }, OLD)).toEqual([
      {
        reason:
          '/usr/bin/ffmpeg is ffmpeg 5.1.9-0+deb12u1, which reads no HEVC from FLV; 6.1 and later do (engine.ffmpeg)',
        fatal: true,
      },
      {
        reason:
          '/usr/bin/ffmpeg is ffmpeg 5.1.9-0+deb12u1, which reads no Opus from FLV; 8.0 and later do (engine.ffmpeg)',
        fatal: false,
      },
    ]);
    expect(misfits({ video: 'hevc', audio: 'opus' }, NEW)).toEqual([]);
    expect(misfits({ video: 'hevc', audio: 'opus' }, 'no version')).toEqual([]);
    expect(misfits({ video: 'hevc', audio: 'opus' }, OLD, { profile: 'command' })).toEqual([]);
    expect(misfits({ video: 'avc', audio: 'aac' }, OLD)).toEqual([]);
  });

  test('that MPEG-TS does not carry is refused unless it is converted or sent by RTMP', () => {
    const reason =
      'MPEG-TS carries no AV1; convert it (engine.vcodec: "libx264"), or record it unchanged (record)';
    expect(misfits({ video: 'av1', audio: undefined }, NEW)).toEqual([{ reason, fatal: true }]);
    for (const options of [
      { vcodec: 'libx264' },
      { output: 'rtmp://x/live/{name}' },
      { profile: 'transcode' },
    ] as const)
      expect(misfits({ video: 'av1', audio: undefined }, NEW, options)).toEqual([]);
    expect(misfits({ video: 'av1', audio: undefined }, NEW, {}, ['-c:v', 'libx265'])).toEqual([]);
    expect(misfits({ video: 'avc', audio: 'flac' }, NEW)).toMatchObject([{ fatal: false }]);
  });
});

test('an engine that cannot read the picture is not started; the list and the log say why', async () => {
  const folder = temporaryFolder();
  const program = join(folder, 'ffmpeg');
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" = -version ] && cat <<'END' || touch "${folder}/ran"\n${OLD}END\n`,
  );
  chmodSync(program, 0o755);
  const output = temporaryFolder();
  const server = await startTestServer({
    plugins: [engine],
    config: { engine: { ffmpeg: program, output } },
  });
  onTestFinished(() => server.stop());
  const publisher = await server.publish('live/movie');
  if ('reason' in publisher) throw new Error(publisher.reason);
  const [frame] = samplePackets({ frames: 1 }).filter(({ kind, header }) => kind === 'audio' && !header);
  publisher.send(new MediaPacket(describeVideo(HEVC), 0, HEVC), frame!);
  await vi.waitUntil(() =>
    server.log.some(({ msg }) => msg.includes('reads no HEVC from FLV; 6.1 and later do')),
  );
  expect(filesIn(folder)).toEqual(['ffmpeg']);
  expect(filesIn(output)).toEqual([]);
});
