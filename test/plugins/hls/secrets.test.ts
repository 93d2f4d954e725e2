// Names that clients ask for may be secrets, such as channel keys. They are in URLs, and must not get into the log.
import { afterEach, expect, test, vi } from 'vitest';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import { resolve, startHls, uris } from './hls-kit.ts';

const KEY = 'rfBd56ti2SMtYvSgD5xAV0YU99zampta7Z7S575KLkIZ9PYk';

/** Channel keys lead to rooms; viewers of the room "locked" are denied. */
const channels = definePlugin({
  name: 'channels',
  schema: { type: 'object', properties: {} },
  app({ hooks }) {
    hooks.resolveName.tap((name) => (name === KEY ? 'movie' : undefined), { secret: true });
    hooks.play.tap(({ query }) => (query.has('no') ? new Denial('forbidden', 'not here') : undefined));
  },
});

afterEach(() => void vi.useRealTimers());

test('a key in the URL is neither logged nor sent back, whatever becomes of the request', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] });
  const config = { level: 'trace', waitForPublisherMs: 0 };
  const hls = await startHls({ encrypt: { enabled: true } }, { plugins: [channels], config });
  const paths = [
    `/live/${KEY}.m3u8`,
    `/live/${KEY}/1.key`,
    `/live/${KEY}/~AAAAAAAAAAAAAAAAAAAAAA/index.m3u8`,
  ];
  const replies: string[] = [];
  const ask = async (path: string): Promise<void> => void replies.push((await hls.follow(path)).body);
  for (const path of paths) await ask(path);
  const publisher = await hls.publish();
  publisher.headers().run(3);
  for (const path of paths) await ask(`${path.replace('~A', '~B')}?no`);
  const { url, text } = await hls.media(paths[0]);
  expect((await hls.get(resolve(url, uris(text)[0]!))).statusCode).toBe(200);
  await ask(resolve(url, '5.ts'));
  await vi.advanceTimersByTimeAsync(40_000);
  publisher.leave();
  expect(replies.join('')).not.toContain(KEY);
  for (const reply of replies) expect(reply).toMatch(/^{"error"/);
  expect(hls.test.log.map(({ msg }) => msg)).toContain('live/movie viewer connected');
  expect(JSON.stringify(hls.test.log)).not.toContain(KEY);
});
