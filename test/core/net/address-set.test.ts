import { describe, expect, test } from 'vitest';
import { AddressSet, hostOf, intersectAddresses, networkOf } from '../../../core/net/address-set.ts';

describe('a set of addresses', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.77/24', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.9', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    // IPv4 mapped into IPv6 is IPv4, in the list and in a connection.
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['::ffff:c000:0209', '192.0.2.9', true],
  ])('%s holds %s: %s', (entry, address, held) => {
    expect(new AddressSet([entry]).has(address)).toBe(held);
  });

  test.each(['', 'localhost', '192.0.2.0/33', '2001:db8::/129', '192.0.2', '192.0.2.1/', '1.2.3.4.5', ':::'])(
    '%j is rejected',
    (entry) => expect(() => new AddressSet(['192.0.2.1', entry])).toThrow(`"${entry}" is neither`),
  );

  test('what is no address is in no set', () => {
    const all = new AddressSet(['0.0.0.0/0', '::/0']);
    expect(['unknown', '', 'example.org', '192.0.2.1:80'].filter((each) => all.has(each))).toEqual([]);
    expect(new AddressSet([]).isEmpty).toBe(true);
  });

  test('of 10,000 entries costs a client no more than one of a few', () => {
    const networks = Array.from({ length: 10_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    const set = new AddressSet([...networks, '2001:db8::/48']);
    expect(set.has('10.39.15.200')).toBe(true);
    expect(set.has('10.39.16.1')).toBe(false);
    expect(set.has('2001:db8:0:5::1')).toBe(true);
    // A walk over the list would take 10,000 times as long.
    expect(costOf(set)).toBeLessThan(100 * costOf(new AddressSet(networks.slice(0, 1))));
  });
});

test('the host is read from what logs show of a client', () => {
  const remotes = ['192.0.2.1:5000', '[2001:db8::1]:5000', '2001:db8::1', '192.0.2.1', 'unknown'];
  expect(remotes.map(hostOf)).toEqual(['192.0.2.1', '2001:db8::1', '2001:db8::1', '192.0.2.1', 'unknown']);
});

test('an IPv4 address counts alone, an IPv6 address with its /64', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
  expect(networkOf('2001:db8:1:3::9')).toBe('2001:db8:1:3::/64');
});

test.each(['::ffff:192.0.2.1', '::ffff:c000:201', '::FFFF:c000:0201', '0:0:0:0:0:ffff:192.0.2.1'])(
  '%s, as a dual-stack socket has it, counts as the IPv4 address',
  (address) => expect(networkOf(address)).toBe('192.0.2.1'),
);

/** The least of ten measurements: what else the machine does makes one longer, never shorter. */
function costOf(set: AddressSet): number {
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    for (let each = 0; each < 1000; each++) set.has('198.51.100.7');
    return performance.now() - start;
  });
  return Math.min(...times);
}

test.each([
  [['192.0.2.0/24'], ['192.0.2.9', '198.51.100.1'], ['192.0.2.9']],
  [['192.0.2.9', '192.0.2.10'], ['192.0.2.0/24'], ['192.0.2.9', '192.0.2.10']],
  [['10.0.0.0/8', '10.1.0.0/16'], ['10.1.2.0/24'], ['10.1.2.0/24']],
  [['0.0.0.0/0'], ['2001:db8::1'], []],
  [['::/0'], ['2001:db8::1', '192.0.2.1'], ['2001:db8::1']],
  [['::ffff:192.0.2.1'], ['192.0.2.0/24'], ['::ffff:192.0.2.1']],
  [['10.0.0.0/8'], ['11.0.0.0/8'], []],
  [['unix:', '10.0.0.1'], ['unix:'], ['unix:']],
])('%j and %j have %j in common', (one, other, both) => {
  expect(intersectAddresses(one, other)).toEqual(both);
});
