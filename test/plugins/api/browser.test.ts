// mpegts.js and hls.js, in a real browser, while a stream is muted and unmuted.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPage } from '../../helpers/programs/browser.ts';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { startServer } from '../../helpers/server.ts';
import { temporaryFolder } from './api-kit.ts';

const PLAYERS = {
  'mpegts.js': createRequire(import.meta.url).resolve('mpegts.js/dist/mpegts.js'),
  'hls.js': createRequire(import.meta.url).resolve('hls.js/dist/hls.js'),
} as const;

test.each(['mpegts.js', 'hls.js'] as const)(
  '%s plays on without an error while the stream is muted and unmuted',
  async (name) => {
    const server = await startServer({
      config: { hls: { segmentSeconds: 1 }, api: { stateFile: join(temporaryFolder(), 'state.json') } },
    });
    const file = await clip({ seconds: 4, gopSeconds: 1, bFrames: 0 });
    const live = server.saw('streamStart');
    publish({ file, url: server.rtmp('live/movie'), repeat: 'forever', deadlineMs: 120_000 });
    await live;
    const { page, console: lines } = await openPage();
    await page.setContent('<video muted></video>');
    await page.addScriptTag({ content: readFileSync(PLAYERS[name], 'utf8') });
    const url =
      name === 'hls.js'
        ? `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`
        : server.http('live/movie.flv');
    await page.evaluate(play, { url, name });
    await page.evaluate(until, 2);
    // hls.js may report that it has skipped the very start, before anything is muted.
    await page.evaluate(forgetErrors);
    await page.evaluate(until, 2);
    for (const action of ['mute', 'unmute', 'mute']) {
      const done = await server.server.inject('api.port', {
        method: 'POST',
        url: `/api/v1/streams/live/movie:${action}`,
      });
      expect(done.statusCode).toBe(200);
      await page.evaluate(until, 3);
    }
    expect(await page.evaluate(until, 1)).toEqual({ errors: [], width: 320 });
    expect(lines.filter((line) => line.startsWith('uncaught') || line.startsWith('error'))).toEqual([]);
  },
  120_000,
);

interface Video {
  readonly currentTime: number;
  readonly videoWidth: number;
  play(): Promise<void>;
  addEventListener(event: 'timeupdate', listener: () => void): void;
  removeEventListener(event: 'timeupdate', listener: () => void): void;
}

interface Player {
  on(event: string, listener: (...details: unknown[]) => void): void;
  attachMediaElement(video: Video): void;
  attachMedia(video: Video): void;
  load(): void;
  loadSource(url: string): void;
}

/** Globals of the page: this file is compiled without the types of browsers. */
interface PlayerPage {
  readonly mpegts: { readonly Events: { readonly ERROR: string }; createPlayer(source: object): Player };
  readonly Hls: (new () => Player) & { readonly Events: { readonly ERROR: string } };
  readonly document: { querySelector(selector: 'video'): Video };
  errors: string[];
}

/** Runs in the page. */
async function play({ url, name }: { url: string; name: string }): Promise<void> {
  const root = globalThis as unknown as PlayerPage;
  const video = root.document.querySelector('video');
  root.errors = [];
  const note = (...details: unknown[]): void =>
    void root.errors.push(JSON.stringify(details.slice(0, 2)).slice(0, 300));
  if (name === 'hls.js') {
    const hls = new root.Hls();
    hls.on(root.Hls.Events.ERROR, note);
    hls.loadSource(url);
    hls.attachMedia(video);
  } else {
    const player = root.mpegts.createPlayer({ type: 'flv', isLive: true, url });
    player.on(root.mpegts.Events.ERROR, note);
    player.attachMediaElement(video);
    player.load();
  }
  await video.play();
}

/** Runs in the page. */
function forgetErrors(): void {
  (globalThis as unknown as PlayerPage).errors = [];
}

/** Runs in the page: resolves when so many seconds have been played, or something has failed. */
async function until(seconds: number) {
  const root = globalThis as unknown as PlayerPage;
  const video = root.document.querySelector('video');
  const from = video.currentTime;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (root.errors.length === 0 && video.currentTime - from < seconds) return;
      video.removeEventListener('timeupdate', look);
      resolve();
    };
    video.addEventListener('timeupdate', look);
  });
  return { errors: root.errors, width: video.videoWidth };
}
