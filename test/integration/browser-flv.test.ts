// mpegts.js, the player that pages use, in a real browser.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { openPage } from '../helpers/programs/browser.ts';
import { clip, publish } from '../helpers/media/ffmpeg.ts';
import { startServer } from '../helpers/server.ts';

const PLAYER = createRequire(import.meta.url).resolve('mpegts.js/dist/mpegts.js');

test.each(['http', 'ws'] as const)(
  'mpegts.js plays a live stream by %s-flv in Chromium',
  async (protocol) => {
    const server = await startServer({ config: { keepAfterUnpublishMs: 3000 } });
    const file = await clip({ seconds: 4, gopSeconds: 1 });
    const live = server.saw('streamStart');
    publish({ file, url: server.rtmp('live/movie'), repeat: 'forever' });
    await live;
    const { page, console: lines } = await openPage();
    await page.setContent('<video muted></video>');
    await page.addScriptTag({ content: readFileSync(PLAYER, 'utf8') });
    const played = await page.evaluate(playUntil, { url: server[protocol]('live/movie.flv'), seconds: 2 });
    expect(played.errors).toEqual([]);
    expect(played.width).toBe(320);
    expect(played.seconds).toBeGreaterThanOrEqual(2);
    expect(lines.filter((line) => line.startsWith('uncaught') || line.startsWith('error'))).toEqual([]);
  },
);

interface Video {
  readonly currentTime: number;
  readonly videoWidth: number;
  addEventListener(event: 'timeupdate', listener: () => void): void;
}

/** The globals of the page: this file is compiled without the types of browsers. */
interface PlayerPage {
  readonly mpegts: {
    readonly Events: { readonly ERROR: string };
    createPlayer(
      source: object,
      config: object,
    ): {
      on(event: string, listener: (...details: unknown[]) => void): void;
      attachMediaElement(video: Video): void;
      load(): void;
      play(): Promise<void>;
      destroy(): void;
    };
  };
  readonly document: { querySelector(selector: 'video'): Video };
}

/** Runs in the page. */
async function playUntil({ url, seconds }: { url: string; seconds: number }) {
  const { mpegts, document } = globalThis as unknown as PlayerPage;
  const video = document.querySelector('video');
  const errors: string[] = [];
  const player = mpegts.createPlayer({ type: 'flv', isLive: true, url }, { enableStashBuffer: false });
  player.on(mpegts.Events.ERROR, (...details) => errors.push(details.map(String).join(' ')));
  player.attachMediaElement(video);
  player.load();
  await player.play();
  const first = video.currentTime;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (errors.length > 0 || video.currentTime - first >= seconds) resolve();
    };
    video.addEventListener('timeupdate', look);
    player.on(mpegts.Events.ERROR, look);
  });
  const result = {
    errors,
    width: video.videoWidth,
    seconds: video.currentTime - first,
  };
  player.destroy();
  return result;
}
