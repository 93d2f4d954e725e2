// What engines make of a stream, with the real ffmpeg.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clip, probePackets, publish } from '../../helpers/media/ffmpeg.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { startServer } from '../../helpers/server.ts';
import { filesIn, temporaryFolder } from '../record-flv/record-kit.ts';

/** Decoding times of a file's pictures, in seconds. */
function videoTimes(file: string): number[] {
  const args = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=dts_time', '-of', 'csv=p=0'];
  const { stdout } = spawnSync('ffprobe', [...args, file]);
  return (stdout.toString().match(/[\d.-]+/g) ?? []).map(Number);
}

describe('the profile "segments"', () => {
  test('writes a replay file named by its start and its end, with every packet', async () => {
    const output = temporaryFolder();
    const server = await startServer({ config: { engineEnable: 'enable', engine: { output } } });
    const file = await clip({ seconds: 2 });
    const ended = server.saw('streamStop');
    await publish({ file, url: server.rtmp('live/movie') }).succeeded();
    await ended;
    await server.stop();
    expect(filesIn(output)).toEqual([expect.stringMatching(/^live\/movie_\d{8}T\d{6}_\d{8}T\d{6}\.ts$/)]);
    const replay = videoTimes(join(output, filesIn(output)[0]!));
    const source = videoTimes(file);
    expect(replay).toHaveLength(source.length);
    const offset = replay[0]! - source[0]!;
    for (const [index, time] of replay.entries()) expect(time - offset).toBeCloseTo(source[index]!, 2);
  });
});

describe('the profile "transcode"', () => {
  test('publishes renditions back, with keyframes at the same times, and no engine of their own', async () => {
    const renditions = [
      { name: 'low', height: 90, videoKbps: 100, preset: 'ultrafast' },
      { name: 'mid', height: 120, videoKbps: 200, preset: 'ultrafast' },
    ];
    const directory = temporaryFolder();
    const server = await startServer({
      config: {
        engine: { profile: 'transcode', renditions, keyframeSeconds: 1 },
        record: { directory, only: ['*_low', '*_mid'] },
      },
    });
    const file = await clip({});
    const starts = server.saw('streamStart', 3);
    const stops = server.saw('streamStop', 3);
    const publisher = publish({ file, url: server.rtmp('live/movie') });
    await starts;
    expect(server.server.streams.map(({ key }) => key).toSorted()).toEqual([
      'live/movie',
      'live/movie_low',
      'live/movie_mid',
    ]);
    await publisher.succeeded();
    await stops;
    await server.stop();
    const files = filesIn(directory);
    expect(files.map((name) => name.replace(/_\d.*/, ''))).toEqual(['live/movie_low', 'live/movie_mid']);
    const keyframes = [];
    for (const name of files) {
      const packets = await probePackets(join(directory, name));
      keyframes.push(
        packets.filter(({ kind, keyframe }) => kind === 'video' && keyframe).map(({ pts }) => pts!),
      );
    }
    expect(keyframes[0]!.length).toBeGreaterThanOrEqual(4);
    const steps = (times: number[]): number[] =>
      times.slice(1).map((time, index) => Math.round((time - times[index]!) * 10));
    expect(steps(keyframes[0]!)).toEqual(steps(keyframes[1]!));
    expect(new Set(steps(keyframes[0]!))).toEqual(new Set([10]));
  });
});

describe('the profile "command"', () => {
  test('gives any program the stream as FLV, and its facts', async () => {
    const folder = temporaryFolder();
    const script = 'cat > "$1/$LIVEGO_APP-$LIVEGO_NAME.flv"';
    const command = ['sh', '-c', script, 'sh', folder];
    const server = await startServer({ config: { engine: { profile: 'command', command } } });
    const file = await clip({});
    const ended = server.saw('streamStop');
    await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
    await ended;
    await server.stop();
    expect(readFileSync(join(folder, 'live-movie.flv')).subarray(0, 3).toString()).toBe('FLV');
    expectSamePackets(await probePackets(file), await probePackets(join(folder, 'live-movie.flv')));
  });
});
