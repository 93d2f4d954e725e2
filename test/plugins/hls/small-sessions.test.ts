// What the server keeps of viewers that have paused.
import { randomBytes } from 'node:crypto';
import { Denial } from 'livego';
import { expect, test } from 'vitest';
import { HlsSession } from '../../../plugins/hls/hls-session.ts';
import { HlsSessions } from '../../../plugins/hls/sessions.ts';
import { Tokens } from '../../../plugins/hls/tokens.ts';
import { measureHeld } from '../../helpers/heap.ts';

const SESSIONS = 5000;

test(`${SESSIONS} viewers with long headers that have paused cost less than 1 KB each`, async () => {
  const sessions = new HlsSessions();
  const tokens = new Tokens();
  const admission = {
    readTimeoutMs: 0,
    writeTimeoutMs: 0,
    hasApp: () => true,
    arrive: () => ({
      enter: () =>
        Promise.resolve({ play: () => Promise.resolve({ session: { key: 'a/b' }, displayKey: 'a/b' }) }),
      leave: () => {},
    }),
  } as never;
  const before = measureHeld().heap;
  for (let index = 0; index < SESSIONS; index++) {
    const long = randomBytes(2000).toString('hex');
    const client = { protocol: 'http-hls', remote: `10.0.${index >> 8}.${index & 255}:1`, userAgent: long };
    const target = { app: 'live', name: 'movie', query: new URLSearchParams({ token: long }) };
    const session = new HlsSession({ token: tokens.make(), player: 'new', client, target }, admission, 0);
    expect(await session.enter()).toBeUndefined();
    sessions.add(session, () => {});
    session.leave();
  }
  expect((measureHeld().heap - before) / SESSIONS).toBeLessThan(1024);
  const [any] = sessions;
  expect(any!.lacksRequest).toBe(true);
  expect(await any!.enter()).toBeInstanceOf(Denial);
});

test('a token is known as ours or not by itself, and a foreign one always has the same replacement', () => {
  const [tokens, others] = [new Tokens(), new Tokens()];
  expect(tokens.read(tokens.make())).toBe('new');
  expect(tokens.read(others.make())).toBeUndefined();
  for (const text of ['', 'A', 'A'.repeat(22), '-'.repeat(22)]) expect(tokens.read(text)).toBeUndefined();
  const old = others.make();
  expect(tokens.read(tokens.replace(old))).toBe('returning');
  expect(tokens.replace(old)).toBe(tokens.replace(old));
  expect(tokens.replace(old)).not.toBe(others.replace(old));
});
