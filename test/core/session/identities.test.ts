import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalIdentities } from '../../../core/session/identities.ts';

const NOW = Date.UTC(2026, 0, 1, 12) / 1000;

beforeEach(() => void vi.useFakeTimers({ now: NOW * 1000 + 999 }));
afterEach(() => void vi.useRealTimers());

test('the parts of a new stream are numbered from the seconds of the clock on', async () => {
  expect(await new LocalIdentities().firstSequence('live/movie')).toBe(NOW);
});

test('each stream of a name begins higher than the one before, also when the clock is set back', async () => {
  const identities = new LocalIdentities();
  expect(await identities.firstSequence('live/movie')).toBe(NOW);
  expect(await identities.firstSequence('live/movie')).toBe(NOW + 1);
  vi.setSystemTime((NOW - 86_400) * 1000);
  expect(await identities.firstSequence('live/movie')).toBe(NOW + 2);
  vi.setSystemTime((NOW + 60) * 1000);
  expect(await identities.firstSequence('live/movie')).toBe(NOW + 60);
});

test('names are numbered apart, and ten thousand of them are remembered', async () => {
  const identities = new LocalIdentities();
  for (let count = 0; count < 10_000; count++) await identities.firstSequence(`live/${count}`);
  vi.setSystemTime((NOW - 10) * 1000);
  expect(await identities.firstSequence('live/0')).toBe(NOW + 1);
  expect(await identities.firstSequence('live/other')).toBe(NOW - 10);
});

test('ids are short, and no two are the same', () => {
  const identities = new LocalIdentities();
  const ids = Array.from({ length: 100_000 }, () => identities.nextId());
  expect(new Set(ids).size).toBe(100_000);
  expect(Math.max(...ids.map(({ length }) => length))).toBe(4);
});
