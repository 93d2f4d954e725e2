// Addresses that give wrong credentials again and again.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FailedTries } from '../../../plugins/auth/tries.ts';
import { authServer, metricOf, SECRET, tryPlay, tryPublish } from './auth-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OPTIONS = { maxFailures: 5, windowSeconds: 60, banSeconds: 300, slowAfter: 2, maxDelayMs: 500 };
const WRONG = 'live/movie?expires=4000000000&sign=00';

describe('an address', () => {
  test('is slowed from some failure on, denied after more, and admitted again when its time is over', async () => {
    const server = await authServer({ sign: { secret: SECRET }, tries: { ...OPTIONS, slowAfter: 100 } });
    const client = { remote: '192.0.2.7:1' };
    for (let each = 0; each < 5; each++)
      expect(await tryPublish(server, WRONG, client)).toMatch(/^unauthorized/);
    expect(await tryPublish(server, WRONG, client)).toBe(
      'too-many-tries: too many failed tries from this address; try again in 300 s',
    );
    expect(metricOf(server, 'auth_banned_addresses')).toEqual({ '': 1 });
    // Other addresses, and other applications' protocols, are not concerned.
    expect(await tryPublish(server, WRONG, { remote: '192.0.2.8:1' })).toMatch(/^unauthorized/);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(await tryPublish(server, WRONG, client)).toMatch(/^unauthorized/);
    expect(metricOf(server, 'auth_banned_addresses')).toEqual({ '': 0 });
  });

  test('that was denied has all its tries again, also where failures are counted for longer than it was denied', () => {
    const tries = new FailedTries();
    const options = { ...OPTIONS, windowSeconds: 3600, banSeconds: 10 };
    const failTimes = (count: number, now: number): void => {
      for (let each = 0; each < count; each++) tries.note('192.0.2.7', options, now);
    };
    failTimes(5, 0);
    expect(tries.denial('192.0.2.7', 9000)?.code).toBe('too-many-tries');
    expect(tries.denial('192.0.2.7', 10_000)).toBeUndefined();
    failTimes(4, 11_000);
    expect(tries.denial('192.0.2.7', 11_000)).toBeUndefined();
    failTimes(1, 12_000);
    expect(tries.denial('192.0.2.7', 12_000)?.code).toBe('too-many-tries');
  });

  test('is one whatever the port, and an IPv6 /64 is one', async () => {
    const server = await authServer({ sign: { secret: SECRET }, tries: { ...OPTIONS, slowAfter: 100 } });
    for (let each = 0; each < 5; each++)
      await tryPublish(server, WRONG, { remote: `[2001:db8:0:1::${each + 1}]:${each}` });
    expect(await tryPlay(server, 'live/movie', { remote: '[2001:db8:0:1:2:3:4:5]:9' })).toMatch(
      /^too-many-tries/,
    );
    expect(await tryPlay(server, 'live/movie', { remote: '[2001:db8:0:2::1]:9' })).toMatch(/^unauthorized/);
  });

  test('that gives no credentials, or right ones for something else, has not failed', async () => {
    const users = [{ user: 'me', password: 'a password', play: ['*'] }];
    const server = await authServer({ users, tries: { ...OPTIONS, slowAfter: 100 } });
    for (let each = 0; each < 20; each++) {
      expect(await tryPublish(server, 'live/movie')).toMatch(/^unauthorized/);
      expect(await tryPublish(server, 'live/movie?user=me&password=a%20password')).toMatch(/^forbidden/);
    }
    expect(await tryPlay(server, 'live/movie?user=me&password=a%20password')).toBe('admitted');
  });

  test('stays denied when the config is reloaded', async () => {
    const auth = { sign: { secret: SECRET }, tries: { ...OPTIONS, slowAfter: 100 } };
    const server = await authServer(auth);
    for (let each = 0; each < 5; each++) await tryPublish(server, WRONG);
    await server.reload({ auth: { ...auth, sign: { secret: 'another secret of this length' } } });
    expect(await tryPublish(server, WRONG)).toMatch(/^too-many-tries/);
  });
});

test('answers are held back for twice as long each time, up to a limit', async () => {
  const tries = new FailedTries();
  const delays = Array.from({ length: 8 }, () =>
    tries.note('192.0.2.7', { ...OPTIONS, maxFailures: 100 }, 0),
  );
  expect(delays).toEqual([0, 100, 200, 400, 500, 500, 500, 500]);
  const held = tries.holdBack(400);
  let answered = false;
  void held.then(() => (answered = true));
  await vi.advanceTimersByTimeAsync(399);
  expect(answered).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await held;
});

test('failures outside the window are forgotten', () => {
  const tries = new FailedTries();
  for (let each = 0; each < 20; each++) tries.note('192.0.2.7', OPTIONS, each * 16_000);
  expect(tries.denial('192.0.2.7', 320_000)).toBeUndefined();
});

test('a million addresses that fail use a bounded memory, and hold back a bounded number of answers', async () => {
  const tries = new FailedTries();
  for (let each = 0; each < 1_000_000; each++) tries.note(`address ${each}`, OPTIONS, 0);
  expect(tries.size).toBeGreaterThan(17_999);
  expect(tries.size).toBeLessThan(20_001);
  const held = Array.from({ length: 1500 }, () => tries.holdBack(1000));
  let answered = 0;
  for (const each of held) void each.then(() => answered++);
  await vi.advanceTimersByTimeAsync(0);
  expect(answered).toBe(500);
  await vi.advanceTimersByTimeAsync(1000);
  expect(answered).toBe(1500);
});

test.each(['publish', 'play'] as const)(
  '1,000 wrong tries to %s from as many addresses admit nobody',
  async (role) => {
    const users = [{ user: 'me', password: 'a password', publish: ['*'], play: ['*'] }];
    const server = await authServer({
      channelKeys: true,
      sign: { secret: SECRET },
      jwt: { secret: SECRET },
      users,
      keyStore: { file: '/nonexistent/keys.json' },
    });
    const attempt = role === 'publish' ? tryPublish : tryPlay;
    const outcomes = new Set<string>();
    for (let each = 0; each < 1000; each++) {
      const path = [
        `live/movie?expires=4000000000&sign=${each}`,
        `live/movie?token=${each}.${each}.${each}`,
        `live/movie?user=me&password=${each}`,
        `live/movie?key=${each}`,
      ][each % 4]!;
      outcomes.add(
        (await attempt(server, path, { remote: `10.${each >> 8}.${each & 255}.1:1` })).split(':', 1)[0]!,
      );
    }
    expect([...outcomes]).toEqual(['unauthorized']);
    expect(server.sessions()).toEqual([]);
  },
);
