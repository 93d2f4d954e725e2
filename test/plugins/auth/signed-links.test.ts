// Links that carry a signature and run out.
import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  admitted,
  authServer,
  everythingPrinted,
  metricOf,
  SECRET,
  tryPlay,
  tryPublish,
} from './auth-kit.ts';

const START = new Date('2026-11-25T12:00:00Z');
const NOW = START.getTime() / 1000;
const HOUR = 3600;

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

/** As another program makes it, by the documentation alone. */
function link(action: string, key: string, expires: number, secret = SECRET): string {
  const sign = createHmac('sha256', secret).update(`${action} ${key} ${expires}`).digest('hex');
  return `${key}?expires=${expires}&sign=${sign}`;
}

test('a signed link admits to its stream and its action until it expires', async () => {
  const server = await authServer({ sign: { secret: SECRET } });
  expect(await tryPublish(server, link('publish', 'live/movie', NOW + HOUR))).toBe('admitted');
  expect(await tryPlay(server, link('play', 'live/movie', NOW + HOUR))).toBe('admitted');
  expect(await tryPublish(server, link('publish', 'live/room/movie', NOW + HOUR))).toBe('admitted');
  vi.setSystemTime(START.getTime() + HOUR * 1000);
  expect(await tryPublish(server, link('publish', 'live/movie', NOW + HOUR))).toBe(
    'forbidden: the link has expired',
  );
  expect(metricOf(server, 'auth_admissions_total')).toEqual({ 'publish sign': 2, 'play sign': 1 });
  expect(metricOf(server, 'auth_denials_total')).toEqual({ 'publish forbidden': 1 });
});

test.each([
  ['no signature', 'live/movie'],
  ['an expiry alone', `live/movie?expires=${NOW + HOUR}`],
  ['another stream’s', link('publish', 'live/other', NOW + HOUR).replace('other', 'movie')],
  ['a viewer’s', link('play', 'live/movie', NOW + HOUR)],
  ['a later expiry', link('publish', 'live/movie', NOW + HOUR).replace(`${NOW + HOUR}`, `${NOW + 2 * HOUR}`)],
  ['another secret', link('publish', 'live/movie', NOW + HOUR, 'another secret of the same form')],
  ['capitals', link('publish', 'live/movie', NOW + HOUR).replace(/sign=.*/, (sign) => sign.toUpperCase())],
  ['a cut one', link('publish', 'live/movie', NOW + HOUR).slice(0, -1)],
  ['an empty one', `live/movie?expires=${NOW + HOUR}&sign=`],
  ['no expiry', `live/movie?sign=${link('publish', 'live/movie', NOW + HOUR).split('sign=')[1]}`],
  ['an expiry in other words', `live/movie?expires=never&sign=abc`],
])('a link with %s does not', async (_what, path) => {
  const server = await authServer({ sign: { secret: SECRET } });
  expect(await tryPublish(server, path)).toMatch(/^unauthorized: /);
  expect(server.streams()).toEqual([]);
});

test('the secret before is good as long as the config has it', async () => {
  const old = link('publish', 'live/movie', NOW + HOUR, 'the secret of last year');
  const both = { secret: SECRET, previousSecret: 'the secret of last year' };
  const server = await authServer({ sign: both });
  expect(await tryPublish(server, old)).toBe('admitted');
  expect(await tryPublish(server, link('publish', 'live/movie', NOW + HOUR))).toBe('admitted');
  await server.reload({ auth: { sign: { secret: SECRET } } });
  expect(await tryPublish(server, old)).toBe('unauthorized: the signature of the link does not fit');
});

test('with bindIp a link is good for one address', async () => {
  const server = await authServer({ sign: { secret: SECRET, bindIp: true } });
  const text = `publish live/movie ${NOW + HOUR} 192.0.2.7`;
  const sign = createHmac('sha256', SECRET).update(text).digest('hex');
  const path = `live/movie?expires=${NOW + HOUR}&sign=${sign}`;
  expect(await tryPublish(server, path, { remote: '192.0.2.7:5000' })).toBe('admitted');
  expect(await tryPublish(server, path, { remote: '192.0.2.8:5000' })).toMatch(/^unauthorized/);
});

describe('when a link expires', () => {
  test('its session ends, and the others notice nothing', async () => {
    const server = await authServer({ sign: { secret: SECRET } });
    const long = admitted(await server.publish(link('publish', 'live/movie', NOW + HOUR)));
    const short = admitted(await server.play(link('play', 'live/movie', NOW + 10)));
    const other = admitted(await server.play(link('play', 'live/movie', NOW + 600)));
    await vi.advanceTimersByTimeAsync(9000);
    expect(short.ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2000);
    expect(short.ended).toEqual({ code: 'expired', message: 'the link has expired' });
    expect([long.ended, other.ended]).toEqual([undefined, undefined]);
  });

  test('a clock that jumps by an hour ends nobody’s session early', async () => {
    const server = await authServer({ sign: { secret: SECRET } });
    const publisher = admitted(await server.publish(link('publish', 'live/movie', NOW + 1800)));
    vi.setSystemTime(START.getTime() + HOUR * 1000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(publisher.ended).toBeUndefined();
    expect(await tryPublish(server, link('publish', 'live/two', NOW + 1800))).toMatch(/^forbidden/);
  });

  test('its session continues with endsSession: false', async () => {
    const server = await authServer({ sign: { secret: SECRET, endsSession: false } });
    const publisher = admitted(await server.publish(link('publish', 'live/movie', NOW + 10)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(publisher.ended).toBeUndefined();
  });
});

describe('the form of another server', () => {
  test('node-media-server: sign=EXPIRES-MD5', async () => {
    const server = await authServer({ sign: { secret: SECRET, format: 'node-media-server' } });
    const md5 = createHash('md5')
      .update(`/live/movie-${NOW + HOUR}-${SECRET}`)
      .digest('hex');
    expect(await tryPublish(server, `live/movie?sign=${NOW + HOUR}-${md5}`)).toBe('admitted');
    expect(await tryPlay(server, `live/movie?sign=${NOW + HOUR}-${md5}`)).toBe('admitted');
    expect(await tryPublish(server, `live/movie?sign=${NOW + 2 * HOUR}-${md5}`)).toMatch(/^unauthorized/);
    expect(await tryPublish(server, `live/other?sign=${NOW + HOUR}-${md5}`)).toMatch(/^unauthorized/);
    vi.setSystemTime(START.getTime() + 2 * HOUR * 1000);
    expect(await tryPlay(server, `live/movie?sign=${NOW + HOUR}-${md5}`)).toBe(
      'forbidden: the link has expired',
    );
  });

  test('nginx’s secure_link: md5 in Base64url, of an expression', async () => {
    const options = { secret: SECRET, format: 'secure_link', bindIp: true };
    const server = await authServer({ sign: options });
    const md5 = createHash('md5')
      .update(`${NOW + HOUR}/live/movie192.0.2.7 ${SECRET}`)
      .digest('base64url');
    const path = `live/movie?md5=${md5}&expires=${NOW + HOUR}`;
    expect(await tryPlay(server, path, { remote: '192.0.2.7:1' })).toBe('admitted');
    expect(await tryPlay(server, path, { remote: '192.0.2.8:1' })).toMatch(/^unauthorized/);
    await server.reload({
      auth: { sign: { ...options, bindIp: false, expression: '{secret}|{uri}|{expires}' } },
    });
    const other = createHash('md5')
      .update(`${SECRET}|/live/movie|${NOW + HOUR}`)
      .digest('base64url');
    expect(await tryPlay(server, `live/movie?md5=${other}&expires=${NOW + HOUR}`)).toBe('admitted');
  });
});

test('neither secret nor signature is printed', async () => {
  const server = await authServer({ sign: { secret: SECRET }, tries: { maxFailures: 0 } });
  const path = link('publish', 'live/movie', NOW + HOUR);
  admitted(await server.publish(path));
  await tryPublish(server, `${path}x`);
  const [, signature = ''] = path.split('sign=');
  expect(everythingPrinted(server)).not.toContain(SECRET);
  expect(everythingPrinted(server)).not.toContain(signature);
});

test('a secret that is too short rejects the config, without being shown', async () => {
  await expect(authServer({ sign: { secret: 'hunter2' } })).rejects.toThrow(
    /^(?!.*hunter2).*auth\.sign\.secret: it is too short; use 16 characters or more/s,
  );
});
