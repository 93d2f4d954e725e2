// How HTTP tells a client that it is denied, and how it may prove who it is.
import { PassThrough } from 'node:stream';
import inject from 'light-my-request';
import { expect, test } from 'vitest';
import { denyUpgrade, replyDenial } from '../../../../core/http/replies/reply.ts';
import { Denial, type DenialDetails } from '../../../../core/session/denial.ts';

async function headersOf(code: 'unauthorized' | 'too-many-tries', details?: DenialDetails) {
  const denial = new Denial(code, 'no', details);
  const { headers, statusCode } = await inject(
    (request, response) => replyDenial(request, response, denial),
    '/',
  );
  return { status: statusCode, challenge: headers['www-authenticate'], retry: headers['retry-after'] };
}

test.each([
  [undefined, 'Bearer'],
  [[{ scheme: 'Basic', parameters: { realm: 'livego' } }], 'Basic realm="livego"'],
  [
    [
      { scheme: 'Bearer', parameters: {} },
      { scheme: 'Basic', parameters: { realm: 'a "b"\r\nset-cookie: x', charset: 'UTF-8' } },
    ],
    'Bearer, Basic realm="a bset-cookie: x", charset="UTF-8"',
  ],
  // A header holds ASCII alone.
  [[{ scheme: 'Basic', parameters: { realm: 'Übung ☃ 🎥\u0000' } }], 'Basic realm="?bung ? ??"'],
  [
    [{ scheme: 'Basic', parameters: { realm: 'livego', 'a\r\nset-cookie': 'x', Ü: 'x' } }],
    'Basic realm="livego"',
  ],
  // What another protocol is asked for is nothing that HTTP could say.
  [[{ scheme: 'adobe', parameters: { user: 'me' } }], 'Bearer'],
])('a 401 with the challenges %j asks for %s', async (challenges, expected) => {
  expect(await headersOf('unauthorized', challenges && { challenges })).toMatchObject({
    status: 401,
    challenge: expected,
  });
});

test.each([
  [Number.NaN, undefined],
  [Infinity, undefined],
  [-3, '0'],
  [1.2, '2'],
])('a time of %d s to try again is told as %s', async (retryAfterSeconds, retry) => {
  expect(await headersOf('too-many-tries', { retryAfterSeconds })).toMatchObject({ status: 429, retry });
});

test('a connection that asked for an upgrade gets the same headers', async () => {
  const written: string[] = [];
  const socket = new PassThrough().on('data', (bytes: Buffer) => void written.push(bytes.toString('latin1')));
  const challenges = [{ scheme: 'Basic', parameters: { realm: 'Übung', 'a\r\nset-cookie': 'x' } }];
  denyUpgrade(socket, new Denial('unauthorized', 'no', { challenges }));
  await expect.poll(() => written.join('')).toContain('\r\nwww-authenticate: Basic realm="?bung"\r\n');
  expect(written.join('')).not.toContain('set-cookie');
});

test('other denials ask for nothing, and say when to try again', async () => {
  expect(await headersOf('too-many-tries', { retryAfterSeconds: 30 })).toEqual({
    status: 429,
    challenge: undefined,
    retry: '30',
  });
});
