// 1,000 wrong tries at each gate, each of them alone: nobody gets in.
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import type { TestClient } from '../../../testing/test-clients.ts';
import { authServer, SECRET, tryPlay, tryPublish } from './auth-kit.ts';

const TRIES = 1000;
const USERS = [{ user: 'me', password: 'the password', publish: ['*'], play: ['*'] }];

interface Attempt {
  readonly path: string;
  readonly client?: TestClient;
}

const foreignKey = new TextEncoder().encode('a secret that this server does not have');
const claims = { streams: '*', actions: ['publish', 'play'] };
const foreignToken = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(foreignKey);

/** The gate, its options, and the try of that number. */
const GATES: readonly (readonly [string, Readonly<Record<string, unknown>>, (number: number) => Attempt])[] =
  [
    [
      'signed links',
      { sign: { secret: SECRET } },
      (number) => ({ path: `?expires=4000000000&sign=${hex(number)}` }),
    ],
    [
      'links of node-media-server',
      { sign: { secret: SECRET, format: 'node-media-server' } },
      (number) => ({ path: `?sign=4000000000-${hex(number)}` }),
    ],
    [
      'links of secure_link',
      { sign: { secret: SECRET, format: 'secure_link' } },
      (number) => ({ path: `?expires=4000000000&md5=${hex(number)}` }),
    ],
    [
      'tokens',
      { jwt: { secret: SECRET } },
      (number) => ({ path: `?token=${number % 2 === 0 ? foreignToken : `${number}.${number}.${number}`}` }),
    ],
    [
      'tokens in a header',
      { jwt: { secret: SECRET } },
      () => ({ path: '', client: { authorization: `Bearer ${foreignToken}` } }),
    ],
    ['users by query', { users: USERS }, (number) => ({ path: `?user=me&password=${number}` })],
    [
      'users by HTTP Basic',
      { users: USERS },
      (number) => ({
        path: '',
        client: { authorization: `Basic ${Buffer.from(`me:${number}`).toString('base64')}` },
      }),
    ],
    ['allowed addresses', { allow: ['192.0.2.0/24'] }, () => ({ path: '' })],
    ['denied addresses', { deny: ['10.0.0.0/8'] }, () => ({ path: '' })],
    [
      'pages',
      { referers: { allow: ['example.org'] } },
      (number) => ({
        path: '',
        client: { protocol: 'http-flv', pageUrl: `https://example.org.evil-${number}.test/` },
      }),
    ],
  ];

test.each(GATES)('%s', async (_name, auth, attempt) => {
  const server = await authServer(auth);
  expect(await outcomes(server, tryPublish, attempt)).not.toContain('admitted');
  expect(await outcomes(server, tryPlay, attempt)).not.toContain('admitted');
  expect(server.sessions()).toEqual([]);
  expect(server.streams()).toEqual([]);
});

test('channel keys, as names and beside names', async () => {
  const server = await authServer({ channelKeys: true, keyStore: { file: '/nonexistent/keys.json' } });
  const attempt = (number: number): Attempt => ({ path: `?key=${hex(number)}` });
  expect(await outcomes(server, tryPublish, attempt)).not.toContain('admitted');
  for (let number = 0; number < TRIES; number++)
    expect(await tryPublish(server, `live/${hex(number)}${hex(number)}`.slice(0, 53), from(number))).not.toBe(
      'admitted',
    );
  expect(server.streams()).toEqual([]);
});

async function outcomes(
  server: Awaited<ReturnType<typeof authServer>>,
  attempt: typeof tryPlay,
  make: (number: number) => Attempt,
): Promise<string[]> {
  const seen = new Set<string>();
  for (let number = 0; number < TRIES; number++) {
    const { path, client } = make(number);
    seen.add(await attempt(server, `live/movie${path}`, { ...from(number), ...client }));
  }
  return [...seen];
}

/** An address of its own for each try: none is denied for the tries before it. */
function from(number: number): TestClient {
  return { remote: `10.0.${number >> 8}.${number & 255}:1` };
}

function hex(number: number): string {
  return number.toString(16).padStart(32, '0');
}
