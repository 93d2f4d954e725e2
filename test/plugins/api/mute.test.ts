// A muted stream is silent wherever it is heard, and its picture is there.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { startServer } from '../../helpers/server.ts';
import { temporaryFolder } from './api-kit.ts';

const run = promisify(execFile);

/** The loudest sample of two seconds, in dB, and how many pictures came with it. */
async function hear(url: string): Promise<{ loudest: number; pictures: number }> {
  const output = await run('ffmpeg', [
    '-hide_banner',
    '-i',
    url,
    '-t',
    '2',
    '-af',
    'volumedetect',
    '-f',
    'null',
    '-',
  ]);
  const { stderr } = output;
  return {
    loudest: Number(/max_volume: (-?[\d.]+) dB/.exec(stderr)?.[1]),
    pictures: Number([...stderr.matchAll(/frame= *(\d+)/g)].at(-1)?.[1]),
  };
}

test.each(['aac', 'mp3'] as const)(
  '%s: by HTTP-FLV and by HLS, while another stream sounds',
  async (audio) => {
    const server = await startServer({
      config: {
        hls: { segmentSeconds: 1, sessionTokens: 'none' },
        api: { stateFile: join(temporaryFolder(), 'state.json') },
      },
    });
    const post = (url: string) => server.server.inject('api.port', { method: 'POST', url });
    expect((await post('/api/v1/streams/live/quiet:mute')).statusCode).toBe(200);
    const file = await clip({ seconds: 4, gopSeconds: 1, audio });
    const live = server.saw('streamStart', 2);
    for (const name of ['quiet', 'loud'])
      publish({ file, url: server.rtmp(`live/${name}`), repeat: 'forever' });
    await live;
    const hls = (name: string) => `http://127.0.0.1:${server.port('hls.port')}/live/${name}.m3u8`;
    await vi.waitFor(
      async () =>
        expect((await server.server.inject('hls.port', { url: '/live/loud.m3u8' })).body).toContain('.ts'),
      { interval: 200 },
    );
    for (const url of [server.http('live/loud.flv'), hls('loud')]) {
      const { loudest, pictures } = await hear(url);
      expect(loudest).toBeGreaterThan(-40);
      expect(pictures).toBeGreaterThan(20);
    }
    for (const url of [server.http('live/quiet.flv'), hls('quiet')]) {
      const { loudest, pictures } = await hear(url);
      expect(loudest).toBeLessThanOrEqual(-90);
      expect(pictures).toBeGreaterThan(20);
    }
  },
  90_000,
);
