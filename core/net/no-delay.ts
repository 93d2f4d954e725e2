// Which connections may go without TCP_NODELAY.
import { BlockList, isIPv6, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Switches TCP_NODELAY of a connection within this machine; undefined for any other.
 *
 * Without it the system holds a small write back while an earlier one is not acknowledged (RFC 896), unless it fills a
 * segment. The loopback interface has segments of 64 KiB, which few packets fill: nearly every write waits for
 * company, and costs half. A network's have 1.4 KiB, which most packets fill: hardly anything waits, so hardly anything
 * is saved, and what does wait comes late.
 */
export function noDelaySwitch(connection: Duplex): ((noDelay: boolean) => void) | undefined {
  if (!(connection instanceof Socket) || !isLoopback(connection.remoteAddress)) return undefined;
  return (noDelay) => void connection.setNoDelay(noDelay);
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
