// A viewer that is being admitted while HLS is switched off.
import { expect, test } from 'vitest';
import { HlsSession } from '../../../plugins/hls/hls-session.ts';
import { HlsSessions } from '../../../plugins/hls/sessions.ts';

const OFF = { code: 'removed', message: 'HLS was switched off' } as const;

async function admitted(token: string, left: object[]): Promise<HlsSession> {
  const playback = { session: { key: 'live/movie' }, displayKey: 'live/movie' };
  const admission = {
    hasApp: () => true,
    arrive: () => ({
      enter: () => Promise.resolve({ play: () => Promise.resolve(playback) }),
      leave: (cause: object) => void left.push(cause),
    }),
  };
  const client = { protocol: 'http-hls', remote: '192.0.2.1:1' };
  const target = { app: 'live', name: 'movie', query: new URLSearchParams() };
  const session = new HlsSession({ token, player: 'new', client, target }, admission as never, 0);
  expect(await session.enter()).toBeUndefined();
  return session;
}

test('is ended like the others, gives its place back, and is not kept', async () => {
  const sessions = new HlsSessions();
  const left: object[] = [];
  const free: string[] = [];
  sessions.add(await admitted('early', left), () => void free.push('early'));
  const late = await admitted('late', left);
  sessions.endAll(OFF);
  sessions.add(late, () => void free.push('late'));
  expect([left, free]).toEqual([
    [OFF, OFF],
    ['early', 'late'],
  ]);
  expect([sessions.find('late'), sessions.active, late.active]).toEqual([undefined, 0, false]);
  // HLS is switched on again.
  sessions.begin();
  const next = await admitted('next', left);
  expect(sessions.add(next, () => {})).toBe(next);
  expect(sessions.find('next')).toBe(next);
});
