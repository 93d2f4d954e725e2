import { describe, expect, test } from 'vitest';
import { parseProxyHeader } from '../../../core/net/proxy-protocol.ts';

const V2 = '0d0a0d0a000d0a515549540a';

describe('version 1', () => {
  test.each([
    ['PROXY TCP4 192.0.2.7 198.51.100.1 56324 1935\r\n', { host: '192.0.2.7', port: 56_324 }],
    ['PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n', { host: '2001:db8::7', port: 56_324 }],
    ['PROXY UNKNOWN\r\n', undefined],
    ['PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n', undefined],
  ])('%j names its client', (line, client) => {
    const bytes = Buffer.from(`${line}GET / HTTP/1.1\r\n`);
    expect(parseProxyHeader(bytes)).toEqual({ length: line.length, client });
  });

  test.each([
    'PROXY TCP4 example.org 198.51.100.1 1 2\r\n',
    'PROXY TCP4 192.0.2.7 198.51.100.1 99999 1935\r\n',
    'PROXY TCP4 999.0.2.7 198.51.100.1 1 2\r\n',
    'PROXY TCP4 2001:db8::1 198.51.100.1 1 2\r\n',
    'PROXY TCP6 192.0.2.7 2001:db8::2 1 2\r\n',
    'PROXY TCP4 192.0.2.7 198.51.100.256 1 2\r\n',
    'PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n',
    'PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n',
    'PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n',
    'PROXY\r\n',
    'GET / HTTP/1.1\r\n',
    `PROXY TCP4 ${'1'.repeat(200)}`,
  ])('%j is malformed', (line) => {
    expect(parseProxyHeader(Buffer.from(line))).toBe('malformed');
  });
});

describe('version 2', () => {
  test('names an IPv4 client, and skips what is added behind', () => {
    const bytes = Buffer.from(`${V2}2111000fc0000207c6336401dc04078f04000003000102`, 'hex');
    expect(parseProxyHeader(bytes)).toEqual({ length: 31, client: { host: '192.0.2.7', port: 56_324 } });
  });

  test('names an IPv6 client', () => {
    const addresses = '20010db8000000000000000000000007' + '20010db8000000000000000000000001' + 'dc0401bb';
    const bytes = Buffer.from(`${V2}21210024${addresses}`, 'hex');
    expect(parseProxyHeader(bytes)).toEqual({
      length: 52,
      client: { host: '2001:db8:0:0:0:0:0:7', port: 56_324 },
    });
  });

  test('LOCAL, and families without an IP address, name no client', () => {
    expect(parseProxyHeader(Buffer.from(`${V2}20000000`, 'hex'))).toEqual({ length: 16, client: undefined });
    expect(parseProxyHeader(Buffer.from(`${V2}21000000`, 'hex'))).toEqual({ length: 16, client: undefined });
  });

  test.each([
    ['another version', `${V2}31110000`],
    ['an unknown command', `${V2}22110000`],
    ['addresses that are cut', `${V2}21110004c0000207`],
    ['a length beyond all reason', `${V2}2111ffff`],
  ])('%s is malformed', (_what, hex) => {
    expect(parseProxyHeader(Buffer.from(hex, 'hex'))).toBe('malformed');
  });
});

test.each([
  Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 1935\r\n'),
  Buffer.from(`${V2}2111000cc0000207c6336401dc04078f`, 'hex'),
])('a header that comes one byte at a time is incomplete until its last', (header) => {
  for (let length = 0; length < header.length; length++)
    expect(parseProxyHeader(header.subarray(0, length))).toBe('incomplete');
  expect(parseProxyHeader(header)).toMatchObject({ client: { host: '192.0.2.7' } });
});
