// Sessions get places that all workers have together. While they are asked for, viewers leave and operators kick them.
import { Denial, type ServerContext } from 'livego';
import { expect, test } from 'vitest';
import { SessionPlaces } from '../../../plugins/hls/elsewhere/session-places.ts';
import { HlsSession } from '../../../plugins/hls/hls-session.ts';
import { HlsSessions } from '../../../plugins/hls/sessions.ts';

type Close = (cause: { readonly code: 'kicked'; readonly message: string }) => void;

async function start() {
  const taken: string[] = [];
  const answer = { ready: Promise.resolve(), fails: false };
  const context = {
    now: () => 0,
    question: () => ({}),
    everywhere: {
      others: [],
      takePlace: async (name: string) => {
        await answer.ready;
        if (answer.fails && name === 'hls.sessions') throw new Error('nobody answers');
        taken.push(name);
        return () => void taken.splice(taken.indexOf(name), 1);
      },
    },
  } as unknown as ServerContext;
  const sessions = new HlsSessions();
  const places = new SessionPlaces(context, { maxSessions: 9, maxSessionsPerAddress: 9 }, sessions);
  let kick: Close = () => {};
  const admission = {
    arrive: () => ({
      enter: (_app: string, _query: unknown, close: Close) => {
        kick = close;
        return Promise.resolve({
          play: () => Promise.resolve({ session: { key: 'live/movie' }, displayKey: 'live/movie' }),
        });
      },
      leave: () => {},
    }),
  } as never;
  const client = { protocol: 'http-hls', remote: '192.0.2.1:1' };
  const target = { app: 'live', name: 'movie', query: new URLSearchParams() };
  const session = new HlsSession({ token: 'abc', player: 'new', client, target }, admission, 0);
  expect(await session.enter()).toBeUndefined();
  return { taken, answer, sessions, session, places, kick: () => kick({ code: 'kicked', message: 'out' }) };
}

test('one that is active is kept, with its places', async () => {
  const { taken, sessions, session, places } = await start();
  expect(await places.add(session)).toBe(session);
  expect(taken).toEqual(['hls.sessions of 192.0.2.1', 'hls.sessions']);
  expect(sessions.has(session)).toBe(true);
});

test('one whose viewer has left meanwhile takes none and is forgotten', async () => {
  const { taken, sessions, session, places } = await start();
  const added = places.add(session);
  session.leave();
  expect(await added).toMatchObject({ reason: 'the viewer has left' });
  expect([taken, [...sessions]]).toEqual([[], []]);
});

test('one that was closed meanwhile is denied, now and later', async () => {
  const { session, sessions, places, kick } = await start();
  const added = places.add(session);
  kick();
  expect(await added).toMatchObject({ code: 'forbidden', reason: 'this session was closed: out' });
  expect(await sessions.find('abc')?.enter()).toBeInstanceOf(Denial);
});

test('a question that is not answered leaves no place taken', async () => {
  const { taken, answer, session, sessions, places } = await start();
  answer.fails = true;
  await expect(places.add(session)).rejects.toThrow('nobody answers');
  expect([taken, [...sessions]]).toEqual([[], []]);
});
