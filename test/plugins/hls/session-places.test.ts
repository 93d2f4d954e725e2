// Places of sessions when the process that counts them fails to answer.
import type { ServerContext } from 'livego';
import { expect, test } from 'vitest';
import { SessionPlaces } from '../../../plugins/hls/elsewhere/session-places.ts';
import type { HlsSession } from '../../../plugins/hls/hls-session.ts';
import { HlsSessions } from '../../../plugins/hls/sessions.ts';

test('the place of an address is given back when it is not known whether the server has one', async () => {
  let taken = 0;
  const takePlace = (name: string): Promise<() => void> => {
    if (name === 'hls.sessions') return Promise.reject(new Error('too many questions'));
    taken++;
    return Promise.resolve(() => void taken--);
  };
  const context = { everywhere: { takePlace, others: [] }, question: () => ({}), now: () => 0 };
  const limits = { maxSessions: 10, maxSessionsPerAddress: 2 };
  const places = new SessionPlaces(context as unknown as ServerContext, limits, new HlsSessions());
  const session = { address: '192.0.2.1', token: 'a' } as HlsSession;
  await expect(places.add(session)).rejects.toThrow('too many questions');
  expect(taken).toBe(0);
});
