import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseAddress } from '../../../../plugins/relay/connections/address.ts';
import { Backoff } from '../../../../plugins/relay/connections/backoff.ts';
import type { Failure } from '../../../../plugins/relay/connections/failure.ts';
import type { Link, LinkEvents } from '../../../../plugins/relay/connections/link.ts';
import { Redial } from '../../../../plugins/relay/connections/redial.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const AWAY: Failure = { kind: 'unreachable', message: 'connect ECONNREFUSED' };
const TAKEN: Failure = { kind: 'rejected', message: 'the name is taken' };

/** A relay whose connections the test makes and breaks. The longest pause is always chosen. */
function redial(urls: readonly string[], random: () => number = () => 1) {
  const opened: { url: string; events: LinkEvents }[] = [];
  const link: Link = { receivedBytes: 0, close: () => {}, fail: () => {}, tick: () => {} };
  const dialler = new Redial(
    {
      addresses: () => urls.map((url) => parseAddress(url)!),
      open: ({ url }, events) => {
        opened.push({ url, events });
        return link;
      },
      live: () => {},
      lost: () => 'retry',
      limits: { reconnectMaxMs: 1000, rejectedMaxMs: 30_000 },
      now: () => Date.now(),
    },
    random,
  );
  const fail = (failure: Failure): void => opened.at(-1)!.events.ended(failure);
  const ready = (): void => opened.at(-1)!.events.ready(link);
  const pauseMs = (): number => {
    const { state } = dialler;
    return state.name === 'waiting' ? state.until - Date.now() : -1;
  };
  const failAgain = (failure: Failure): number => {
    fail(failure);
    const pause = pauseMs();
    vi.advanceTimersByTime(pause);
    return pause;
  };
  dialler.start();
  return { dialler, opened, fail, ready, pauseMs, failAgain };
}

describe('the pause before another try', () => {
  test('doubles while a peer cannot be reached, up to reconnectMaxMs', () => {
    const { failAgain } = redial(['rtmp://a/app/x']);
    expect(Array.from({ length: 6 }, () => failAgain(AWAY))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('doubles while a peer says no, up to rejectedMaxMs', () => {
    const { failAgain } = redial(['rtmp://a/app/x']);
    const pauses = Array.from({ length: 8 }, () => failAgain(TAKEN));
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('is a random part of its limit', () => {
    const draws = [0.25, 0, 0.5];
    const { failAgain } = redial(['rtmp://a/app/x'], () => draws.shift()!);
    expect([failAgain(AWAY), failAgain(AWAY), failAgain(AWAY)]).toEqual([25, 0, 200]);
  });

  test('is short again after a minute of health, and not before', () => {
    const { failAgain, ready } = redial(['rtmp://a/app/x']);
    for (let tries = 0; tries < 5; tries++) failAgain(TAKEN);
    ready();
    vi.advanceTimersByTime(59_999);
    expect(failAgain(TAKEN)).toBe(16_000);
    ready();
    vi.advanceTimersByTime(60_000);
    expect(failAgain(TAKEN)).toBe(500);
  });

  test('never overflows', () => {
    const backoff = new Backoff(() => 1);
    for (let tries = 0; tries < 5000; tries++)
      expect(backoff.next({ minMs: 100, maxMs: 1000 })).toBeLessThanOrEqual(1000);
  });
});

describe('a list of addresses', () => {
  const urls = ['rtmp://a/app/x', 'rtmp://b/app/x', 'rtmp://c/app/x'];

  test('is tried in turn without a pause, then with one', () => {
    const { opened, fail, dialler } = redial(urls);
    fail(AWAY);
    fail(TAKEN);
    expect(dialler.state.name).toBe('connecting');
    fail(AWAY);
    expect(opened.map(({ url }) => url)).toEqual(urls);
    expect(dialler.state.name).toBe('waiting');
  });

  test('is begun with the one that was good last', () => {
    const { opened, fail, ready, failAgain } = redial(urls);
    fail(AWAY);
    ready();
    failAgain({ kind: 'closed', message: 'the peer closed the connection' });
    expect(opened.map(({ url }) => url)).toEqual([urls[0], urls[1], urls[1]]);
    fail(AWAY);
    expect(opened.at(-1)?.url).toBe(urls[2]);
  });
});

test('A peer that is live and sends its client elsewhere again and again is not followed for ever', () => {
  const { fail, ready, dialler, opened } = redial(['rtmp://a/app/x']);
  for (let count = 0; count < 6; count++) {
    ready();
    fail({ kind: 'moved', message: 'elsewhere', redirect: 'rtmp://b/app' });
  }
  expect(opened).toHaveLength(6);
  expect(dialler.state.name).toBe('waiting');
});

describe('a relay', () => {
  test('that is stopped tries no more', () => {
    const { dialler, opened, fail } = redial(['rtmp://a/app/x']);
    fail(AWAY);
    dialler.stop();
    vi.advanceTimersByTime(100_000);
    expect(opened).toHaveLength(1);
    expect(dialler.state).toEqual({ name: 'stopped' });
  });

  test('that is woken ends its pause', () => {
    const { dialler, opened, fail } = redial(['rtmp://a/app/x']);
    fail(TAKEN);
    dialler.wake();
    expect(opened).toHaveLength(2);
    vi.advanceTimersByTime(500);
    expect(opened).toHaveLength(2);
  });

  test('tells its state, its last failure and how often it has lost a live connection', () => {
    const { dialler, fail, ready } = redial(['rtmp://a/app/x']);
    expect(dialler.state).toEqual({ name: 'connecting' });
    ready();
    expect(dialler.state).toMatchObject({ name: 'live' });
    fail(AWAY);
    expect(dialler).toMatchObject({ lastFailure: AWAY, reconnects: 1 });
    expect(dialler.state).toEqual({ name: 'waiting', until: Date.now() + 100 });
  });
});
