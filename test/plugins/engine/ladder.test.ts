// A ladder of qualities: what an engine makes of a stream stands in the stream's master playlist, and players switch.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { openPage } from '../../helpers/programs/browser.ts';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';

const PLAYER = createRequire(import.meta.url).resolve('hls.js/dist/hls.js');
const RENDITIONS = [
  { name: 'mid', height: 120, videoKbps: 200, preset: 'ultrafast' },
  { name: 'low', height: 90, videoKbps: 60, preset: 'ultrafast' },
];

async function startLadder(hls: object = {}): Promise<{ server: TestServer; url: string; master: string }> {
  const server = await startServer({
    config: {
      hls: { segmentSeconds: 1, ...hls },
      engine: { profile: 'transcode', renditions: RENDITIONS, keyframeSeconds: 1 },
    },
  });
  const live = server.saw('streamStart');
  publish({
    file: await clip({ seconds: 4, gopSeconds: 1 }),
    url: server.rtmp('live/movie'),
    repeat: 'forever',
    deadlineMs: 120_000,
  });
  await live;
  const url = `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`;
  let master = '';
  await vi.waitFor(
    async () => {
      master = await (await fetch(url)).text();
      expect(master.match(/#EXT-X-STREAM-INF/g)).toHaveLength(3);
    },
    { timeout: 40_000, interval: 200 },
  );
  return { server, url, master };
}

/** Start of each segment of a media playlist, by the wall clock of its first frame and its length. */
function segmentLengths(playlist: string): number[] {
  return [...playlist.matchAll(/#EXTINF:([\d.]+),/g)].map(([, seconds]) => Number(seconds));
}

test('one session plays every quality, and counts as one viewer of the stream', async () => {
  const { server, url, master } = await startLadder();
  expect([...master.matchAll(/RESOLUTION=(\S+?)(?:,|$)/gm)].map(([, size]) => size)).toEqual([
    '320x180',
    '214x120',
    '160x90',
  ]);
  const uris = master.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const lengths = [];
  for (const uri of uris) {
    const playlist = await (await fetch(new URL(uri, url))).text();
    lengths.push(segmentLengths(playlist).slice(0, 2));
    const segment = playlist.split('\n').find((line) => line.endsWith('.ts'))!;
    const answer = await fetch(new URL(segment, new URL(uri, url)));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'video/mp2t']);
  }
  // The keyframes of the renditions are a second apart.
  for (const seconds of lengths.slice(1).flat()) expect(seconds).toBeCloseTo(1, 1);
  expect(server.stream('live/movie').viewerCount).toBe(1);
  expect(server.stream('live/movie_low').viewerCount).toBe(0);
});

test('hls.js switches between them, and no switch ends its playback', async () => {
  const { url } = await startLadder();
  const { page, console: lines } = await openPage();
  await page.setContent('<video muted></video>');
  await page.addScriptTag({ content: readFileSync(PLAYER, 'utf8') });
  const widths = [];
  await page.evaluate(play, { url });
  for (const height of [180, 90, 120, 180]) widths.push(await page.evaluate(playAt, { height }));
  expect(widths).toEqual([
    { height: 180, errors: [] },
    { height: 90, errors: [] },
    { height: 120, errors: [] },
    { height: 180, errors: [] },
  ]);
  expect(lines.filter((line) => line.startsWith('uncaught') || line.startsWith('error'))).toEqual([]);
});

interface Video {
  readonly currentTime: number;
  readonly videoHeight: number;
  play(): Promise<void>;
  addEventListener(event: 'timeupdate', listener: () => void): void;
  removeEventListener(event: 'timeupdate', listener: () => void): void;
}

interface Player {
  readonly levels: readonly { readonly height: number }[];
  nextLevel: number;
  on(event: string, listener: (event: string, details: Readonly<Record<string, unknown>>) => void): void;
  loadSource(url: string): void;
  attachMedia(video: Video): void;
}

/** Globals of the page: this file is compiled without the types of browsers. */
interface PlayerPage {
  readonly Hls: (new (config: object) => Player) & { readonly Events: Readonly<Record<string, string>> };
  readonly document: { querySelector(selector: 'video'): Video };
  hls: Player;
  errors: string[];
}

/** Runs in the page. */
async function play({ url }: { url: string }): Promise<void> {
  const root = globalThis as unknown as PlayerPage;
  const video = root.document.querySelector('video');
  root.errors = [];
  root.hls = new root.Hls({});
  root.hls.on(root.Hls.Events['ERROR']!, (_, { details, fatal }) => {
    // Others it settles by itself: it waits for the live edge, or fetches a part that it has already.
    if (fatal === true) root.errors.push(String(details));
  });
  root.hls.loadSource(url);
  root.hls.attachMedia(video);
  await video.play();
}

/** Runs in the page: resolves when a second has been played in that quality. */
async function playAt({ height }: { height: number }) {
  const { hls, document, errors } = globalThis as unknown as PlayerPage;
  const video = document.querySelector('video');
  hls.nextLevel = hls.levels.findIndex((level) => level.height === height);
  let from: number | undefined;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (video.videoHeight === height) from ??= video.currentTime;
      if (errors.length === 0 && (from === undefined || video.currentTime - from < 1)) return;
      video.removeEventListener('timeupdate', look);
      resolve();
    };
    video.addEventListener('timeupdate', look);
  });
  return { height: video.videoHeight, errors };
}
