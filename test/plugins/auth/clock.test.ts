// The wall clock is moved by an hour: by an operator, or by a machine that has woken up.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { admitted, authServer, SECRET, tryPlay, tryPublish } from './auth-kit.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.parse('2026-11-25T12:00:00Z');

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

/** For half an hour from the start. */
function link(action: string): string {
  const expires = (START + 30 * MINUTE_MS) / 1000;
  const sign = createHmac('sha256', SECRET).update(`${action} live/movie ${expires}`).digest('hex');
  return `live/movie?expires=${expires}&sign=${sign}`;
}

test.each([HOUR_MS, -HOUR_MS])(
  'moved by %i ms, it neither ends nor prolongs a session that is there',
  async (jumpMs) => {
    const server = await authServer({ sign: { secret: SECRET } });
    const publisher = admitted(await server.publish(link('publish')));
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    vi.setSystemTime(Date.now() + jumpMs);
    await vi.advanceTimersByTimeAsync(28 * MINUTE_MS);
    expect(publisher.ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(publisher.ended).toEqual({ code: 'expired', message: 'the link has expired' });
  },
);

test('moved forward, it makes links expire for those who come', async () => {
  const server = await authServer({ sign: { secret: SECRET } });
  expect(await tryPublish(server, link('publish'))).toBe('admitted');
  vi.setSystemTime(START + HOUR_MS);
  expect(await tryPublish(server, link('publish'))).toBe('forbidden: the link has expired');
});

test.each([HOUR_MS, -HOUR_MS])('moved by %i ms, it frees no address that is denied', async (jumpMs) => {
  const tries = { maxFailures: 3, windowSeconds: 60, banSeconds: 300, slowAfter: 100 };
  const server = await authServer({ sign: { secret: SECRET }, tries });
  for (let each = 0; each < 3; each++) await tryPlay(server, 'live/movie?expires=4000000000&sign=00');
  vi.setSystemTime(START + jumpMs);
  await vi.advanceTimersByTimeAsync(4 * MINUTE_MS);
  expect(await tryPlay(server, 'live/movie')).toMatch(/^too-many-tries/);
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(await tryPlay(server, 'live/movie')).toMatch(/^unauthorized/);
});
