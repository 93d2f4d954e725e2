// How long the queue waits for a web service that does not take an event.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../../core/log/log.ts';
import { Outbox } from '../../../plugins/notify/outbox.ts';
import { send } from '../../../plugins/notify/send.ts';

vi.mock('../../../plugins/notify/send.ts', () => ({ send: vi.fn() }));

const LOG = createLogger({ level: 'silent' });
const SETTINGS = {
  secret: '',
  timeoutMs: 1000,
  followRedirects: false,
  retrySeconds: 604_800,
  maxQueued: 10,
};
const REQUEST = { method: 'POST', url: 'http://web/', contentType: 'text/plain', body: '' } as const;

beforeEach(() => {
  vi.useFakeTimers();
  // In the middle of the jitter.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Seconds from attempt to attempt, for answers in this order. */
async function pausesFor(statuses: readonly number[]): Promise<number[]> {
  const at: number[] = [];
  vi.mocked(send).mockImplementation(() => {
    at.push(Date.now());
    return Promise.resolve({ status: statuses[at.length - 1] ?? 200, body: '', location: undefined });
  });
  const outbox = new Outbox();
  outbox.run(SETTINGS, LOG, undefined, []);
  for (const id of ['one', 'two'])
    outbox.add({ id, lane: 'live/movie', request: REQUEST, createdAt: Date.now() });
  while (outbox.queued > 0) await vi.advanceTimersByTimeAsync(500);
  return at.slice(1).map((time, index) => (time - at[index]!) / 1000);
}

test('pauses grow while one event is not taken, and begin at a second again for the next', async () => {
  expect(await pausesFor([500, 500, 500, 200, 503, 200])).toEqual([1, 2, 4, 0, 1]);
});

test('no pause is longer than five minutes', async () => {
  const pauses = await pausesFor(Array.from({ length: 12 }, () => 500));
  expect(pauses.slice(7)).toEqual([128, 256, 300, 300, 300, 0]);
});
