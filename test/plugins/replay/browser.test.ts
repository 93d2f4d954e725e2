// The players that pages use, in a real browser: they seek in a recording.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { openPage } from '../../helpers/programs/browser.ts';
import { playAndSeek } from './play-and-seek.ts';
import { startReplay } from './replay-kit.ts';
import { serveReplayFile } from './transport-kit.ts';

const require = createRequire(import.meta.url);

const flv = async (): Promise<string> => (await startReplay({ segmentSeconds: 2 })).url;

test.each<['mpegts.js' | 'hls.js', string, string, () => Promise<string>]>([
  ['mpegts.js', 'a recording', 'mpegts.js/dist/mpegts.js', flv],
  ['hls.js', 'a recording', 'hls.js/dist/hls.js', async () => (await flv()).replace(/\.flv$/, '.m3u8')],
  ['hls.js', 'a replay file', 'hls.js/dist/hls.js', async () => `${(await serveReplayFile()).base}.m3u8`],
])(
  '%s seeks in %s in Chromium, forward and back, and knows how long it is',
  async (player, _, script, address) => {
    const url = await address();
    const { page, console: lines } = await openPage();
    await page.setContent('<video muted></video>');
    await page.addScriptTag({ content: readFileSync(require.resolve(script), 'utf8') });
    const seen = await page.evaluate(playAndSeek, { player, url });
    expect(seen.errors).toEqual([]);
    expect(seen.duration).toBeCloseTo(6, 0);
    expect(seen.reached.map((time) => Math.floor(time))).toEqual([4, 1]);
    expect(lines.filter((line) => line.startsWith('uncaught') || line.startsWith('error'))).toEqual([]);
  },
  60_000,
);
