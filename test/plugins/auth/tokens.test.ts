// JSON Web Tokens.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { admitted, authServer, everythingPrinted, SECRET, tryPlay, tryPublish } from './auth-kit.ts';

afterEach(() => void vi.useRealTimers());

const CLAIMS = { streams: ['movie', 'room-*'], actions: ['publish', 'play'] };

function token(
  claims: Record<string, unknown> = CLAIMS,
  alg = 'HS256',
  key: KeyObject | Uint8Array = Buffer.from(SECRET),
  kid?: string,
) {
  const { exp, ...rest } = claims;
  const jwt = new SignJWT(rest).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) });
  return jwt.setExpirationTime((exp as number | undefined) ?? '1h').sign(key);
}

function publicKeyFile(key: KeyObject): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-auth-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'key.pem'), key.export({ type: 'spki', format: 'pem' }));
  return join(folder, 'key.pem');
}

test('is taken from ?token=, ?jwt= and the Authorization header', async () => {
  const server = await authServer({ jwt: { secret: SECRET } });
  const good = await token();
  expect(await tryPublish(server, `live/movie?token=${good}`)).toBe('admitted');
  expect(await tryPlay(server, `live/movie?jwt=${good}`)).toBe('admitted');
  expect(await tryPlay(server, 'live/movie', { authorization: `Bearer ${good}` })).toBe('admitted');
  expect(await tryPlay(server, 'live/movie', { authorization: `Basic ${good}` })).toBe(
    'unauthorized: a token is needed',
  );
});

test.each([
  [{ ...CLAIMS, streams: 'movie' }, 'admitted'],
  [{ ...CLAIMS, streams: 'mov*' }, 'admitted'],
  [{ ...CLAIMS, apps: ['live'] }, 'admitted'],
  [{ ...CLAIMS, apps: 'event-*' }, 'forbidden: the token does not allow this application'],
  [
    { ...CLAIMS, streams: ['other'] },
    'forbidden: the token does not allow this stream (its claim "streams")',
  ],
  [{ ...CLAIMS, actions: ['play'] }, 'forbidden: the token does not allow to publish (its claim "actions")'],
  [{ actions: ['publish'] }, 'forbidden: the token does not allow this stream (its claim "streams")'],
  [{ streams: ['*'] }, 'forbidden: the token does not allow to publish (its claim "actions")'],
  [
    { streams: [7, null, {}], actions: true },
    'forbidden: the token does not allow this stream (its claim "streams")',
  ],
])('with the claims %j a publisher of live/movie gets: %s', async (claims, expected) => {
  const server = await authServer({ jwt: { secret: SECRET } });
  expect(await tryPublish(server, `live/movie?token=${await token(claims)}`)).toBe(expected);
});

test('ends its session when it expires', async () => {
  vi.useFakeTimers();
  const server = await authServer({ jwt: { secret: SECRET } });
  const exp = Math.floor(Date.now() / 1000) + 10;
  const publisher = admitted(await server.publish(`live/movie?token=${await token({ ...CLAIMS, exp })}`));
  await vi.advanceTimersByTimeAsync(12_000);
  expect(publisher.ended).toEqual({ code: 'expired', message: 'the token has expired' });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await tryPublish(server, `live/movie?token=${await token({ ...CLAIMS, exp })}`)).toBe(
    'forbidden: the token has expired',
  );
});

test('that is forged in any of the known ways admits nobody, and is not printed', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyFile = publicKeyFile(publicKey);
  const server = await authServer({ jwt: { keyFile }, tries: { maxFailures: 0 } });
  const good = await token(CLAIMS, 'RS256', privateKey);
  const [head = '', body = '', signature = ''] = good.split('.');
  const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const forged = [
    new UnsecuredJWT(CLAIMS).setExpirationTime('1h').encode(),
    await token(CLAIMS, 'HS256', pem),
    await token(CLAIMS, 'RS256', other),
    `${head}.${Buffer.from(JSON.stringify({ ...CLAIMS, exp: 4e9 })).toString('base64url')}.${signature}`,
    `${head}.${body}.`,
    `${head}.${body}`,
    'nonsense',
    'x'.repeat(4000),
  ];
  expect(await tryPublish(server, `live/movie?token=${good}`)).toBe('admitted');
  for (const each of forged)
    expect(await tryPublish(server, `live/movie?token=${each}`)).toMatch(/^unauthorized: /);
  for (const each of [good, ...forged.slice(1, 4)]) expect(everythingPrinted(server)).not.toContain(each);
});

test.each([
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['PS512', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['EdDSA', () => generateKeyPairSync('ed25519')],
])('is checked with a public key in a file: %s', async (algorithm, makeKeys) => {
  const { publicKey, privateKey } = makeKeys();
  const server = await authServer({ jwt: { keyFile: publicKeyFile(publicKey) } });
  expect(await tryPublish(server, `live/movie?token=${await token(CLAIMS, algorithm, privateKey)}`)).toBe(
    'admitted',
  );
});

test('is checked for issuer, audience and algorithm where the config names them', async () => {
  const server = await authServer({
    jwt: { secret: SECRET, issuer: 'shop', audience: 'tv', algorithms: ['HS512'] },
  });
  const full = { ...CLAIMS, iss: 'shop', aud: 'tv' };
  expect(await tryPublish(server, `live/movie?token=${await token(full, 'HS512')}`)).toBe('admitted');
  expect(await tryPublish(server, `live/movie?token=${await token(full, 'HS256')}`)).toMatch(/^unauthorized/);
  expect(await tryPublish(server, `live/movie?token=${await token({ ...full, iss: 'x' }, 'HS512')}`)).toBe(
    'unauthorized: the token\'s claim "iss" does not fit',
  );
  expect(await tryPublish(server, `live/movie?token=${await token(CLAIMS, 'HS512')}`)).toMatch(
    /^unauthorized/,
  );
});

describe('with keys of a web service', () => {
  interface KeyService {
    readonly server: Server;
    readonly url: string;
    requests: number;
    answer: { status: number; body: string };
  }

  async function keyService(): Promise<KeyService> {
    const service = { requests: 0, answer: { status: 200, body: '' } };
    const server = createServer((_request, response) => {
      service.requests++;
      response
        .writeHead(service.answer.status, { 'content-type': 'application/json' })
        .end(service.answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return Object.assign(service, { server, url: `http://127.0.0.1:${port}/keys` });
  }

  async function keySet(...keys: readonly [string, KeyObject][]): Promise<{ status: number; body: string }> {
    const exported = await Promise.all(
      keys.map(async ([kid, key]) => ({ ...(await exportJWK(key)), kid, alg: 'ES256' })),
    );
    return { status: 200, body: JSON.stringify({ keys: exported }) };
  }

  test('fetches them once, again for a new key, and denies while they cannot be had', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const cacheExpires = (): void => void vi.setSystemTime(Date.now() + 1001);
    const [first, second] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    const service = await keyService();
    service.answer = { status: 503, body: 'busy' };
    const server = await authServer({ jwt: { jwksUrl: service.url, cacheSeconds: 1, timeoutMs: 30_000 } });
    const one = await token(CLAIMS, 'ES256', first!.privateKey, 'one');
    const two = await token(CLAIMS, 'ES256', second!.privateKey, 'two');
    const away = 'unavailable: the keys for tokens cannot be fetched';
    expect(await tryPublish(server, `live/movie?token=${one}`)).toBe(away);
    service.answer = { status: 200, body: 'garbage' };
    expect(await tryPublish(server, `live/movie?token=${one}`)).toBe(away);
    service.answer = { status: 200, body: '{"keys":7}' };
    expect(await tryPublish(server, `live/movie?token=${one}`)).toBe(away);
    service.answer = await keySet(['one', first!.publicKey]);
    service.requests = 0;
    for (let each = 0; each < 5; each++)
      expect(await tryPublish(server, `live/movie?token=${one}`)).toBe('admitted');
    expect(service.requests).toBe(1);
    service.answer = await keySet(['one', first!.publicKey], ['two', second!.publicKey]);
    cacheExpires();
    expect(await tryPublish(server, `live/movie?token=${two}`)).toBe('admitted');
    service.answer = { status: 500, body: '' };
    cacheExpires();
    expect(await tryPublish(server, `live/movie?token=${two}`)).toBe(away);
    // An outage of ours is no try of theirs.
    service.answer = await keySet(['two', second!.publicKey]);
    expect(await tryPublish(server, `live/movie?token=${two}`)).toBe('admitted');
  });

  test('asks with the user and the password of the URL', async () => {
    const service = await keyService();
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    service.answer = await keySet(['one', publicKey]);
    let sent: string | undefined;
    service.server.prependListener('request', ({ headers }) => void (sent = headers.authorization));
    const jwksUrl = service.url.replace('://', '://reader:secret@');
    const server = await authServer({ jwt: { jwksUrl } });
    const one = await token(CLAIMS, 'ES256', privateKey, 'one');
    expect(await tryPublish(server, `live/movie?token=${one}`)).toBe('admitted');
    expect(sent).toBe(`Basic ${Buffer.from('reader:secret').toString('base64')}`);
  });

  test('follows no redirect', async () => {
    const service = await keyService();
    const elsewhere = await keyService();
    service.server.removeAllListeners('request');
    service.server.on('request', (_request, response) =>
      response.writeHead(302, { location: elsewhere.url }).end(),
    );
    const server = await authServer({ jwt: { jwksUrl: service.url } });
    expect(await tryPublish(server, `live/movie?token=${await token(CLAIMS)}`)).toMatch(
      /^(?:unavailable|unauthorized)/,
    );
    expect(elsewhere.requests).toBe(0);
  });
});

test.each([
  [{ secret: SECRET, keyFile: 'key.pem' }, /auth\.jwt: give one of secret, keyFile and jwksUrl/],
  [{ keyFile: '/nowhere/key.pem' }, /auth\.jwt\.keyFile: \/nowhere\/key\.pem cannot be used \(ENOENT/],
  [{ jwksUrl: 'ftp://example.org' }, /an http:\/\/ or https:\/\/ URL/],
  [{ secret: 'short' }, /auth\.jwt\.secret: it is too short/],
])('the options %j reject the config', async (jwt, message) => {
  await expect(authServer({ jwt })).rejects.toThrow(message);
});
