// The client's address behind proxies: what a client itself writes into the header is not believed.
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { clientAddressOf, isForwarded, noteClient } from '../../../core/http/forwarded-client.ts';
import { AddressSet } from '../../../core/net/address-set.ts';

const PROXIES = new AddressSet(['10.0.0.0/8']);

function addressOf(peer: string, header: string | undefined): string {
  const headers = header === undefined ? {} : { 'x-forwarded-for': header };
  const request = {
    headers,
    socket: { remoteAddress: peer, remotePort: 5000 },
  } as unknown as IncomingMessage;
  noteClient(request, PROXIES);
  return `${clientAddressOf(request)}${isForwarded(request) ? ' (forwarded)' : ''}`;
}

test.each([
  ['10.0.0.1', '192.0.2.7', '192.0.2.7 (forwarded)'],
  ['10.0.0.1', '203.0.113.9, 192.0.2.7', '192.0.2.7 (forwarded)'],
  ['10.0.0.1', '203.0.113.9, 192.0.2.7, 10.0.0.2', '192.0.2.7 (forwarded)'],
  ['10.0.0.1', '[2001:db8::1]:4000', '2001:db8::1 (forwarded)'],
  ['10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.2 (forwarded)'],
  ['10.0.0.1', '192.0.2.7, unknown', '10.0.0.1:5000'],
  ['10.0.0.1', undefined, '10.0.0.1:5000'],
  ['192.0.2.7', '203.0.113.9', '192.0.2.7:5000'],
])('of a request from %s with %j it is %s', (peer, header, address) => {
  expect(addressOf(peer, header)).toBe(address);
});
