// Addresses and pages.
import { describe, expect, test } from 'vitest';
import { authServer, tryPlay, tryPublish } from './auth-kit.ts';

test('an address that is denied may not connect, whatever else it has', async () => {
  const server = await authServer({
    deny: ['192.0.2.0/24', '2001:db8::/32'],
    allow: ['192.0.2.7', '10.0.0.0/8'],
  });
  expect(await tryPublish(server, 'live/movie', { remote: '192.0.2.7:1' })).toBe(
    'forbidden: this address may not connect',
  );
  expect(await tryPlay(server, 'live/movie', { remote: '[2001:db8::9]:1' })).toBe(
    'forbidden: this address may not connect',
  );
  expect(await tryPlay(server, 'live/movie', { remote: '10.0.0.1:1' })).toBe('admitted');
});

test.each(['10.0.0.0/33', 'localhost', ''])('the entry %j rejects the config', async (entry) => {
  await expect(authServer({ deny: [entry] })).rejects.toThrow(
    /auth\.deny|neither an IP address nor a network/,
  );
});

describe('pages', () => {
  const watch = (pageUrl: string | undefined) => ({ protocol: 'http-flv', pageUrl });

  test.each([
    ['https://example.org/watch?x=1', true],
    ['https://EXAMPLE.ORG', true],
    ['http://a.example.org:8080/', true],
    ['https://example.org.evil.example/', false],
    ['https://evil.example/?example.org', false],
    ['https://example.org@evil.example/', false],
    ['null', false],
    ['nonsense', false],
    ['', false],
    [undefined, false],
  ])('a viewer by HTTP on the page %s: admitted %s', async (pageUrl, isAdmitted) => {
    const server = await authServer({ referers: { allow: ['example.org', '*.example.org'] } });
    const expected = isAdmitted ? 'admitted' : expect.stringMatching(/^forbidden/);
    expect(await tryPlay(server, 'live/movie', watch(pageUrl))).toEqual(expected);
  });

  test('players that name no page are admitted with allowEmpty; other protocols are not concerned', async () => {
    const server = await authServer({ referers: { allow: ['example.org'], allowEmpty: true } });
    expect(await tryPlay(server, 'live/movie', watch(undefined))).toBe('admitted');
    expect(await tryPlay(server, 'live/movie', watch('https://evil.example/'))).toMatch(/^forbidden/);
    expect(await tryPlay(server, 'live/movie', { protocol: 'rtmp', pageUrl: 'https://evil.example/' })).toBe(
      'admitted',
    );
  });
});
