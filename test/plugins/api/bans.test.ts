// The list of banned addresses: what holds for a client, and what that costs.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Bans, type Ban } from '../../../plugins/api/bans.ts';

const LATER = '2999-01-01T00:00:00.000Z';
const ban = (address: string, until: string | null = LATER): Ban => ({
  address,
  reason: `because of ${address}`,
  at: '2026-11-26T10:00:00.000Z',
  until,
});

test('a banned client that connects again and again costs a look-up, however many bans there are', () => {
  const bans = new Bans();
  bans.restore(Array.from({ length: 10_000 }, (_, index) => ban(`10.${index >> 8}.${index & 255}.1`)));
  const looked = vi.spyOn(Date, 'parse');
  expect(bans.find('10.39.15.1:5000')?.address).toBe('10.39.15.1');
  expect(bans.find('10.39.16.1:5000')).toBeUndefined();
  expect(looked.mock.calls.length).toBeLessThan(5);
  looked.mockRestore();
});

test('a ban of a network holds when that of a single address has run out', () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-26T10:00:00Z') });
  const bans = new Bans();
  bans.add('192.0.2.0/24', 'the network', undefined);
  bans.add('192.0.2.9', 'the address', 10);
  expect(bans.find('192.0.2.9:1')).toBeDefined();
  vi.advanceTimersByTime(11_000);
  expect(bans.find('192.0.2.9:1')?.reason).toBe('the network');
  expect(bans.all.map(({ address }) => address)).toEqual(['192.0.2.0/24']);
  expect(bans.remove('192.0.2.9')).toBe(false);
  vi.useRealTimers();
});

test('another spelling of a network is the same ban', () => {
  const bans = new Bans();
  bans.add('192.0.2.9', 'first', undefined);
  bans.add('192.0.2.9/32', 'second', undefined);
  expect(bans.all.map(({ reason }) => reason)).toEqual(['second']);
  expect(bans.remove('192.0.2.9')).toBe(true);
  expect([bans.all, bans.find('192.0.2.9:1')]).toEqual([[], undefined]);
});

test('what another worker tells replaces what is known, and what both have stays', () => {
  const bans = new Bans();
  bans.restore([ban('192.0.2.1'), ban('192.0.2.2')]);
  bans.restore(structuredClone([ban('192.0.2.3'), ban('192.0.2.2')]));
  const found = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((host) => bans.find(`${host}:1`)?.address);
  expect(found).toEqual([undefined, '192.0.2.2', '192.0.2.3']);
  expect(bans.all.map(({ address }) => address)).toEqual(['192.0.2.3', '192.0.2.2']);
});

const SPELLINGS: [string, string][] = [
  ['192.0.2.9', '192.0.2.9/32'],
  ['192.0.2.9/32', '::ffff:192.0.2.9'],
  ['2001:db8::9', '2001:0DB8:0:0::9/128'],
  ['2001:db8:1::/48', '2001:db8:1:2::/48'],
];

describe.each(SPELLINGS)('of bans of %s and %s, as other versions have saved them,', (one, other) => {
  const host = one.startsWith('192') ? '192.0.2.9:1' : `[${one.replace('/48', '9')}]:1`;
  const SOON = '2026-11-26T10:00:10Z';

  test.each([
    ['newer', [ban(one, SOON), ban(other, null)]],
    ['older', [ban(one, null), ban(other, SOON)]],
    ['newer, beside one that is known', [ban(one, SOON), ban(other, LATER)]],
  ])('the longer one is listed and enforced when the shorter is the %s', (_title, saved) => {
    vi.useFakeTimers({ now: Date.parse('2026-11-26T10:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const longer = saved.find(({ until }) => until !== SOON)!;
    const bans = new Bans();
    if (longer.until === LATER) bans.restore([structuredClone(longer)]);
    bans.restore(saved);
    expect(bans.all).toEqual([longer]);
    vi.advanceTimersByTime(11_000);
    expect([bans.all, bans.find(host)]).toEqual([[longer], longer]);
    expect(bans.remove(one)).toBe(true);
    expect([bans.all, bans.find(host), bans.remove(other)]).toEqual([[], undefined, false]);
  });

  test('a new one replaces what there is, also a longer one', () => {
    const bans = new Bans();
    bans.restore([ban(one, null), ban(other, null)]);
    const added = bans.add(other, 'for a minute', 60);
    expect([bans.all, bans.find(host)]).toEqual([[added], added]);
  });
});
