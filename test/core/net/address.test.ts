import { describe, expect, test } from 'vitest';
import { formatAddress, formatRemote, parseListenAddress } from '../../../core/net/address.ts';

describe('an address', () => {
  test.each([
    [1935, undefined, 1935],
    ['1935', undefined, 1935],
    [':1935', undefined, 1935],
    [' :1935 ', undefined, 1935],
    ['127.0.0.1:1935', '127.0.0.1', 1935],
    ['[::1]:1935', '::1', 1935],
    ['localhost:0', 'localhost', 0],
    [0, undefined, 0],
    ['65535', undefined, 65_535],
  ])('%j is understood', (written, host, port) => {
    expect(parseListenAddress(written)).toEqual({ host, port });
  });

  test.each(['', ':', 'localhost', '::1:1935', '[::1]', '[127.0.0.1]:80', '65536', ':-1', '1935.5', 'a:b:1'])(
    '%j is none',
    (written) => {
      expect(parseListenAddress(written)).toBeUndefined();
    },
  );

  test.each([-1, 65_536, 1.5, Number.NaN, Infinity])('the number %d is none', (written) => {
    expect(parseListenAddress(written)).toBeUndefined();
  });

  test.each(['127.0.0.1:1935', ':1935', '[::1]:1935', 'localhost:80'])(
    '%s reads back as it was written',
    (written) => {
      const address = parseListenAddress(written);
      expect(address && formatAddress(address)).toBe(written);
    },
  );
});

test('a peer is shown as people write its address: IPv4 mapped into IPv6 as IPv4', () => {
  expect(formatRemote({ remoteAddress: '::ffff:192.0.2.1', remotePort: 5000 })).toBe('192.0.2.1:5000');
  expect(formatRemote({ remoteAddress: '2001:db8::1', remotePort: 5000 })).toBe('[2001:db8::1]:5000');
  expect(formatRemote({ remoteAddress: '::ffff:c000:201' })).toBe('::ffff:c000:201');
  expect(formatRemote({})).toBe('unknown');
});
