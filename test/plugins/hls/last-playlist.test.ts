// The last playlist of a stream, for viewers without sessions.
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { EntryRequests } from '../../../plugins/hls/requests/entry-requests.ts';
import type { HlsResponse } from '../../../plugins/hls/requests/hls-response.ts';
import type { RequestServices } from '../../../plugins/hls/requests/services.ts';
import { makeState } from '../../../plugins/hls/state.ts';

test.each([
  ['another worker may have it, and drops what nobody wants', false],
  ['one that is kept, and is the same for all at once, too', true],
])('counts as wanted at each request: %s', async (_, keepAfterEnd) => {
  let demanded = 0;
  let sent = 0;
  const presentation = {
    key: 'live/movie',
    ready: true,
    ended: true,
    stream: undefined,
    targetDuration: 4,
    reachMs: Infinity,
    options: { sessionTokens: 'none', startupDelaySeconds: 2, keepAfterEnd },
    demand: () => void demanded++,
  };
  const playback = {
    session: { key: 'live/movie' },
    displayKey: 'live/movie',
    findStream: () => new Promise<never>(() => {}),
  };
  const arrival = {
    enter: () => Promise.resolve({ play: () => Promise.resolve(playback) }),
    leave: () => {},
  };
  const asked = { key: 'live/movie', displayKey: 'live/movie' };
  const services = {
    context: { admission: { hasApp: () => true, ask: () => asked, arrive: () => arrival }, now: () => 0 },
    state: makeState(),
    workers: { find: () => presentation },
  } as unknown as RequestServices;
  const response = {
    request: new IncomingMessage(new Socket()),
    search: '',
    gone: false,
    signal: new AbortController().signal,
    concern: () => {},
    sendMedia: () => void sent++,
  } as unknown as HlsResponse;
  const requests = new EntryRequests(services);
  for (const count of [1, 2]) {
    expect(await requests.answer(response, { kind: 'entry', stream: '/live/movie' })).toBeUndefined();
    expect([sent, demanded]).toEqual([count, count]);
  }
});
