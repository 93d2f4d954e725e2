// Streams of real encoders, published by ffmpeg over RTMP, judged by ffprobe and compared frame by frame.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clip, publish, type ClipSpec } from '../../helpers/media/ffmpeg.ts';
import { RunningProgram } from '../../helpers/programs/running-program.ts';
import { HlsServer, resolve, uris } from './hls-kit.ts';
import { startServer } from '../../helpers/server.ts';

async function run(program: string, ...args: string[]): Promise<{ output: string; complaints: string }> {
  const pieces: Buffer[] = [];
  const running = new RunningProgram([program, '-hide_banner', '-loglevel', 'warning', ...args], {
    onOutput: (bytes) => void pieces.push(bytes),
  });
  const { stderr } = await running.done;
  return { output: Buffer.concat(pieces).toString(), complaints: stderr };
}

/** Checksums of all decoded frames of a kind, in order. */
async function frames(input: string, kind: 'v' | 'a'): Promise<string[]> {
  const { output } = await run('ffmpeg', '-i', input, '-map', `0:${kind}`, '-f', 'framemd5', '-');
  return output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(line.lastIndexOf(',') + 1).trim());
}

test.each<[string, ClipSpec, ('v' | 'a')[]]>([
  ['H.264 with B-frames and AAC', {}, ['v', 'a']],
  ['H.264 and MP3', { audio: 'mp3', bFrames: 0 }, ['v', 'a']],
  ['AAC alone', { video: 'none', seconds: 5 }, ['a']],
  ['H.264 alone', { audio: 'none', seconds: 5 }, ['v']],
])('a stream of %s is served frame for frame, and ffprobe warns of nothing', async (_, spec, kinds) => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-hls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer({
    config: { hls: { playlistSegments: 100, keepAfterEnd: true, publisherGraceSeconds: 0 } },
  });
  const hls = new HlsServer(server);
  const file = await clip(spec);
  const over = server.saw('streamStop');
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  await over;
  const { url, text } = await hls.media();
  expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
  expect(uris(text).length).toBeGreaterThanOrEqual(2);
  for (const uri of uris(text)) {
    const segment = join(folder, uri);
    writeFileSync(segment, (await hls.get(resolve(url, uri))).rawPayload);
    expect((await run('ffprobe', '-show_packets', segment)).complaints).toBe('');
    expect((await run('ffmpeg', '-i', segment, '-f', 'null', '-')).complaints).toBe('');
  }
  const address = `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`;
  expect((await run('ffprobe', '-show_packets', address)).complaints).toBe('');
  for (const kind of kinds) expect(await frames(address, kind)).toEqual(await frames(file, kind));
});

test('ffmpeg opens encrypted segments, too', async () => {
  const server = await startServer({
    config: {
      hls: {
        playlistSegments: 100,
        keepAfterEnd: true,
        publisherGraceSeconds: 0,
        encrypt: { enabled: true, rotateSegments: 1 },
      },
    },
  });
  const file = await clip();
  const over = server.saw('streamStop');
  await publish({ file, url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  await over;
  const address = `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`;
  expect(await frames(address, 'v')).toEqual(await frames(file, 'v'));
});
