// JSON Web Tokens for the routes that show and change the server.
import type { IncomingMessage } from 'node:http';
import { SignJWT, UnsecuredJWT, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { BearerTokens } from '../../../../core/http/access/bearer-tokens.ts';

const SECRET = 'a secret that many letters have';
const KEY = Buffer.from(SECRET);

const sign = (claims: Record<string, unknown>, alg = 'HS256', key: Buffer = KEY) =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(key);

const check = (token: string) =>
  new BearerTokens([], { secret: SECRET, algorithm: 'HS256' }).check({
    headers: { authorization: `Bearer ${token}` },
  } as IncomingMessage);

test.each([
  [{}, 'operator'],
  [{ role: 'operator' }, 'operator'],
  [{ role: 'reader' }, 'reader'],
  // Whoever is meant by these, it is not somebody who may change everything.
  [{ role: 'Reader' }, 'reader'],
  [{ role: ['reader'] }, 'reader'],
  [{ role: 'guest' }, 'reader'],
  [{ role: null }, 'reader'],
])('the claims %j make an %s', async (claims, role) => {
  expect(await check(await sign(claims))).toEqual({ name: 'token', role });
});

test('the subject stands in the log without anything that could forge a line', async () => {
  const caller = await check(await sign({ sub: `me\n\u001b[31m{"level":30}${'x'.repeat(100)}` }));
  expect(caller).toEqual({ name: `token of me[31m{"level":30}${'x'.repeat(46)}`, role: 'operator' });
});

const now = Math.floor(Date.now() / 1000);
test.each([
  ['expired', () => sign({ exp: now - 10 }), 'Token is expired'],
  ['of tomorrow', () => sign({ nbf: now + 86_400 }), 'Token is not valid yet'],
  ['of another secret', () => sign({}, 'HS256', Buffer.from('another')), 'signature is invalid'],
  ['unsigned', async () => await Promise.resolve(new UnsecuredJWT({}).encode()), /specified none$/],
  ['of another HMAC', () => sign({}, 'HS512'), /^Expected HS256 signing method but token specified HS512$/],
  [
    'signed with a private key',
    async () =>
      await new SignJWT({})
        .setProtectedHeader({ alg: 'RS256' })
        .sign((await generateKeyPair('RS256')).privateKey),
    /specified RS256$/,
  ],
  ['no token', async () => await Promise.resolve('a.b.c'), 'token is malformed'],
])('a token that is %s is told so', async (_what, make, fault) => {
  expect(await check(await make())).toEqual({
    fault: typeof fault === 'string' ? fault : expect.stringMatching(fault),
  });
});
