// Several methods at once, and different ones for publishers and viewers, or for applications.
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { authServer, SECRET, tryPlay, tryPublish } from '../auth-kit.ts';

const EXPIRES = 4_000_000_000;
const HOME = { remote: '10.0.0.5:5000' };
const AWAY = { remote: '192.0.2.5:5000' };

function signed(action: string, key: string): string {
  const sign = createHmac('sha256', SECRET).update(`${action} ${key} ${EXPIRES}`).digest('hex');
  return `${key}?expires=${EXPIRES}&sign=${sign}`;
}

test('without any method everybody may publish and play', async () => {
  const server = await authServer({});
  expect(await tryPublish(server, 'live/movie')).toBe('admitted');
  expect(await tryPlay(server, 'live/movie')).toBe('admitted');
});

test('mode "any": one method that says yes is enough', async () => {
  const server = await authServer({ allow: ['10.0.0.0/8'], sign: { secret: SECRET } });
  expect(await tryPublish(server, 'live/movie', HOME)).toBe('admitted');
  expect(await tryPublish(server, signed('publish', 'live/movie'), AWAY)).toBe('admitted');
  expect(await tryPublish(server, 'live/movie', AWAY)).toBe(
    'forbidden: 192.0.2.5 is not an address that is allowed',
  );
});

test('mode "all": every method has to say yes', async () => {
  const server = await authServer({ mode: 'all', allow: ['10.0.0.0/8'], sign: { secret: SECRET } });
  expect(await tryPublish(server, signed('publish', 'live/movie'), HOME)).toBe('admitted');
  expect(await tryPublish(server, 'live/movie', HOME)).toBe('unauthorized: a signed link is needed');
  expect(await tryPublish(server, signed('publish', 'live/movie'), AWAY)).toMatch(/^forbidden/);
});

test('a client without credentials is told which ones would do', async () => {
  const users = [{ user: 'me', password: 'correct horse', publish: ['*'] }];
  const server = await authServer({ sign: { secret: SECRET }, jwt: { secret: SECRET }, users });
  expect(await tryPublish(server, 'live/movie')).toBe(
    'unauthorized: a signed link or a token or user and password is needed',
  );
});

describe('publish and play', () => {
  test('may have methods of their own, which replace those beside them', async () => {
    const server = await authServer({ sign: { secret: SECRET }, publish: { allow: ['10.0.0.0/8'] } });
    expect(await tryPublish(server, 'live/movie', HOME)).toBe('admitted');
    expect(await tryPublish(server, signed('publish', 'live/movie'), AWAY)).toMatch(/^forbidden/);
    expect(await tryPlay(server, signed('play', 'live/movie'), AWAY)).toBe('admitted');
    expect(await tryPlay(server, 'live/movie', HOME)).toMatch(/^unauthorized/);
  });

  test('an empty section of its own opens that side alone', async () => {
    const server = await authServer({ sign: { secret: SECRET }, play: {} });
    expect(await tryPlay(server, 'live/movie')).toBe('admitted');
    expect(await tryPublish(server, 'live/movie')).toMatch(/^unauthorized/);
  });
});

test('an application has its own rules, and none where it switches the plugin off', async () => {
  const servers = [
    { servername: 'live', auth: { sign: { secret: 'the secret of this one' } } },
    { servername: 'open', auth: false },
    { servername: 'event-*' },
  ];
  const server = await authServer({ sign: { secret: SECRET } }, { servers });
  expect(await tryPublish(server, signed('publish', 'live/movie'))).toMatch(/^unauthorized/);
  expect(await tryPublish(server, 'open/movie')).toBe('admitted');
  expect(await tryPublish(server, signed('publish', 'event-7/movie'))).toBe('admitted');
  expect(await tryPublish(server, 'event-7/movie')).toMatch(/^unauthorized/);
});
