// The example page, as somebody opens it from the disk of a checkout.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openPage } from '../helpers/browser.ts';
import { clipPackets } from '../helpers/media.ts';
import { publishTo } from '../helpers/rtmp-client.ts';
import { startServer } from '../helpers/server.ts';

const PAGE = pathToFileURL(join(import.meta.dirname, '..', '..', 'examples', 'player.html')).href;

test.each(['http', 'ws'] as const)('player.html plays a stream by %s', async (scheme) => {
  // The publisher sends everything at once and is silent from then on.
  const server = await startServer({ config: { read_timeout: 0 } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  // Less than the 64 KiB that mpegts.js gathers by default before it decodes anything.
  await publisher.sendAll(await clipPackets({ bFrames: 0, seconds: 1 }));
  const { page, console: lines } = await openPage();
  const url = server[scheme]('live/movie.flv');
  await page.goto(`${PAGE}?url=${encodeURIComponent(url)}`);
  await page.waitForFunction('document.querySelector("video").currentTime > 0.2');
  expect(await page.textContent('[role=status]')).toBe('');
  expect(lines.filter((line) => /^(error|uncaught)/.test(line))).toEqual([]);
});

test('player.html plays a stream by HLS', async () => {
  const server = await startServer({ config: { read_timeout: 0, hls: { port: '127.0.0.1:0' } } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(await clipPackets({ bFrames: 0 }));
  const { page, console: lines } = await openPage();
  const url = `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`;
  await page.goto(`${PAGE}?url=${encodeURIComponent(url)}`);
  await page.waitForFunction('document.querySelector("video").currentTime > 0.2');
  expect(await page.textContent('[role=status]')).toBe('');
  expect(lines.filter((line) => /^(error|uncaught)/.test(line))).toEqual([]);
});
