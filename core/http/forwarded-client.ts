// The address of a client behind HTTP proxies.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { formatRemote } from '../net/address.ts';
import { hostOf, type AddressSet } from '../net/address-set.ts';

/** Where a request keeps the client's address that a trusted proxy has told. */
const FORWARDED_CLIENT = Symbol('livego.forwardedClient');

interface ForwardedRequest extends IncomingMessage {
  [FORWARDED_CLIENT]?: string;
}

/**
 * Notes the client's address from X-Forwarded-For: the last one in the list that no trusted proxy has. What is left of it
 * may be invented by the client.
 */
export function noteForwardedClient(request: ForwardedRequest, proxies: AddressSet): void {
  const header = request.headers['x-forwarded-for'];
  if (header === undefined || proxies.isEmpty) return;
  if (!proxies.has(hostOf(formatRemote(request.socket)))) return;
  const hops = (Array.isArray(header) ? header.join() : header).split(',').map((hop) => hostOf(hop.trim()));
  let client: string | undefined;
  for (const hop of hops.toReversed()) {
    // Something that is no address ends what can be believed.
    if (isIP(hop) === 0) break;
    client = hop;
    if (!proxies.has(hop)) break;
  }
  if (client !== undefined) request[FORWARDED_CLIENT] = client;
}

/** The client's address, as far as it is known: with its port where no proxy is in between. */
export function clientAddressOf(request: ForwardedRequest): string {
  return request[FORWARDED_CLIENT] ?? formatRemote(request.socket);
}

/** Whether a trusted proxy has told the client's address. */
export function isForwarded(request: ForwardedRequest): boolean {
  return request[FORWARDED_CLIENT] !== undefined;
}
