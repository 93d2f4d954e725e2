// The example page, opened from the disk of a checkout.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openPage } from '../helpers/programs/browser.ts';
import { clipPackets } from '../helpers/media/media.ts';
import { publishTo } from '../helpers/rtmp-client.ts';
import { startServer } from '../helpers/server.ts';

const PAGE = pathToFileURL(join(import.meta.dirname, '..', '..', 'examples', 'player.html')).href;

const POLL = { timeout: 20_000 };

/** Below the deadline of a test, so that a page that does not play can still be read. */
const PICTURE_DEADLINE_MS = 20_000;

test.each(['http', 'ws'] as const)('player.html plays a stream by %s', async (scheme) => {
  // The publisher sends everything at once and is silent from then on.
  const server = await startServer({ config: { read_timeout: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  // Less than the 64 KiB that mpegts.js gathers by default before it decodes anything.
  await publisher.sendAll(await clipPackets({ bFrames: 0, seconds: 1 }));
  await expectPlays(server[scheme]('live/movie.flv'));
});

test('player.html plays a stream by HLS', async () => {
  const server = await startServer({ config: { read_timeout: 0, hls: { port: '127.0.0.1:0' } } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(await clipPackets({ bFrames: 0 }));
  await expectPlays(`http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`);
});

test.each(['http', 'ws'] as const)(
  'player.html says why it waits, plays when the publisher comes, and comes back, by %s',
  async (scheme) => {
    const config = { read_timeout: 0, waitForPublisherMs: 0, keepAfterUnpublishMs: 0 };
    const server = await startServer({ config });
    const { page } = await openPage();
    await page.goto(`${PAGE}?url=${encodeURIComponent(server[scheme]('live/movie.flv'))}`);
    const status = page.locator('[role=status]');
    await expect.poll(() => status.textContent(), POLL).toContain('nobody publishes live/movie');
    for (let time = 0; time < 2; time++) {
      const publisher = await publishTo(server.rtmp('live/movie'));
      await publisher.sendAll(await clipPackets({ bFrames: 0, seconds: 1 }));
      await expect.poll(() => status.textContent(), POLL).toBe('');
      await publisher.leave();
      await expect.poll(() => status.textContent(), POLL).toContain('Waiting for the publisher');
    }
  },
  60_000,
);

test.each([
  ['rtmp://127.0.0.1/live/movie', 'Browsers cannot play rtmp://'],
  ['http://127.0.0.1:1/live/movie.flv', 'The server cannot be reached.'],
  ['live/movie', 'This is no address'],
])('player.html says in plain words what is wrong with %s', async (url, words) => {
  const { page } = await openPage();
  await page.goto(`${PAGE}?url=${encodeURIComponent(url)}`);
  await expect.poll(() => page.locator('[role=status]').textContent(), POLL).toContain(words);
});

/** The page plays that address and has nothing to say about it. */
async function expectPlays(url: string): Promise<void> {
  const { page, console: lines } = await openPage();
  await page.goto(`${PAGE}?url=${encodeURIComponent(url)}`);
  const playing = 'document.querySelector("video").currentTime > 0.2';
  const timeout = PICTURE_DEADLINE_MS;
  const status = page.locator('[role=status]');
  await page.waitForFunction(playing, undefined, { timeout }).catch(async (error: unknown) => {
    const said = [await status.textContent(), ...lines].join('\n');
    throw new Error(`The page does not play ${url}. It says:\n${said}`, { cause: error });
  });
  expect(await status.textContent()).toBe('');
  expect(lines.filter((line) => /^(error|uncaught)/.test(line))).toEqual([]);
}
