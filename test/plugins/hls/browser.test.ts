// hls.js, the player that pages use, in a real browser. LIVEGO_HLS_SECONDS makes it play longer.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { openPage, type BrowserPage } from '../../helpers/programs/browser.ts';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { metric } from './hls-kit.ts';

const PLAYER = createRequire(import.meta.url).resolve('hls.js/dist/hls.js');
const SECONDS = Number(process.env['LIVEGO_HLS_SECONDS'] ?? 10);

test(
  'hls.js that connects before the publisher plays from the first segment on, without a stall or an error',
  async () => {
    const server = await startServer();
    // With B-frames the first picture is shown after the sound has started: a gap that hls.js may report as skipped.
    const file = await clip({ seconds: 4, bFrames: 0 });
    const { page, console: lines } = await openPlayer();
    const asked = server.saw('play');
    const playing = page.evaluate(play, { url: addressOf(server) });
    await asked;
    publish({ file, url: server.rtmp('live/movie'), repeat: 'forever', deadlineMs: deadline() });
    await playing;
    const seen = await page.evaluate(until, { seconds: SECONDS, width: 320 });
    expect(seen).toEqual({ errors: [], width: 320, stalls: 0 });
    expect(complaints(lines)).toEqual([]);
  },
  60_000 + SECONDS * 2000,
);

test(
  'hls.js plays a live stream in Chromium without a stall, over another publisher with another picture size',
  async () => {
    const server = await startServer({
      config: { keepAfterUnpublishMs: 10_000, hls: { segmentSeconds: 1 } },
    });
    const small = await clip({ seconds: 4, gopSeconds: 1 });
    const large = await clip({ seconds: 4, gopSeconds: 1, size: '640x360', seed: 1 });
    const live = server.saw('streamStart');
    const url = server.rtmp('live/movie');
    publish({ file: small, url, repeat: 'forever', deadlineMs: deadline() });
    await live;
    // A player needs a full playlist to bridge the change of publishers.
    await vi.waitFor(() => expect(metric(server.server, 'hls_segments_total')).toBeGreaterThanOrEqual(4));
    const { page, console: lines } = await openPlayer();
    await page.evaluate(play, { url: addressOf(server) });
    const before = await page.evaluate(until, { seconds: SECONDS / 2, width: 320 });
    expect(before).toEqual({ errors: [], width: 320, stalls: 0 });
    // It takes the name over, and the current publisher is closed.
    publish({ file: large, url, repeat: 'forever', deadlineMs: deadline() });
    const after = await page.evaluate(until, { seconds: SECONDS / 2, width: 640 });
    expect(after).toEqual({ errors: [], width: 640, stalls: 0 });
    expect(complaints(lines)).toEqual([]);
  },
  60_000 + SECONDS * 2000,
);

async function openPlayer(): Promise<BrowserPage> {
  const opened = await openPage();
  await opened.page.setContent('<video muted></video>');
  await opened.page.addScriptTag({ content: readFileSync(PLAYER, 'utf8') });
  return opened;
}

function addressOf(server: TestServer): string {
  return `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`;
}

function complaints(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('uncaught') || line.startsWith('error'));
}

function deadline(): number {
  return 60_000 + SECONDS * 2000;
}

interface Video {
  readonly currentTime: number;
  readonly videoWidth: number;
  play(): Promise<void>;
  addEventListener(event: 'timeupdate' | 'waiting', listener: () => void): void;
}

interface Player {
  on(event: string, listener: (event: string, details: Readonly<Record<string, unknown>>) => void): void;
  loadSource(url: string): void;
  attachMedia(video: Video): void;
}

/** Globals of the page: this file is compiled without the types of browsers. */
interface PlayerPage {
  readonly Hls: (new (config: object) => Player) & { readonly Events: Readonly<Record<string, string>> };
  readonly document: { querySelector(selector: 'video'): Video };
  errors: string[];
  stalls: number;
}

/** Runs in the page. */
async function play({ url }: { url: string }): Promise<void> {
  const root = globalThis as unknown as PlayerPage;
  const video = root.document.querySelector('video');
  root.errors = [];
  root.stalls = 0;
  const hls = new root.Hls({});
  hls.on(root.Hls.Events['ERROR']!, (_, { type, details, fatal, reason }) => {
    root.errors.push([type, details, fatal, reason].map(String).join(' '));
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  await video.play();
  video.addEventListener('waiting', () => root.stalls++);
}

/** Runs in the page: resolves when it has played that long with that width, or has failed. */
async function until({ seconds, width }: { seconds: number; width: number }) {
  const page = globalThis as unknown as PlayerPage;
  const video = page.document.querySelector('video');
  let from: number | undefined;
  await new Promise<void>((resolve) => {
    video.addEventListener('timeupdate', () => {
      if (video.videoWidth === width) from ??= video.currentTime;
      if (page.errors.length > 0 || (from !== undefined && video.currentTime - from >= seconds)) resolve();
    });
  });
  return { errors: page.errors, stalls: page.stalls, width: video.videoWidth };
}
