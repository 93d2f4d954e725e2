// The address of a request's client, also behind HTTP proxies.
import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { formatRemote } from '../net/address.ts';
import { hostOf, type AddressSet } from '../net/address-set.ts';

/** Where a request keeps what is known of its client. */
const CLIENT = Symbol('livego.client');

interface NotedClient {
  readonly address: string;
  /** A trusted proxy has told the address. */
  readonly forwarded: boolean;
}

interface NotedRequest extends IncomingMessage {
  [CLIENT]?: NotedClient;
}

/** Of a connection: the client of all its requests that come through no proxy. */
interface NotedSocket extends Socket {
  [CLIENT]?: NotedClient;
}

/**
 * Notes the client's address when its request arrives. Node takes the socket away from a request whose body is not read to
 * its end, so that nobody can look it up later.
 */
export function noteClient(request: NotedRequest, proxies: AddressSet): void {
  const told = forwardedClient(request, proxies);
  request[CLIENT] = told === undefined ? peerOf(request.socket) : { address: told, forwarded: true };
}

/** The client's address, as far as it is known: with its port where no proxy is in between. */
export function clientAddressOf(request: NotedRequest): string {
  return request[CLIENT]?.address ?? formatRemote(request.socket);
}

/** Whether a trusted proxy has told the client's address. */
export function isForwarded(request: NotedRequest): boolean {
  return request[CLIENT]?.forwarded === true;
}

/** A request that was abandoned has no socket. */
function peerOf(socket: NotedSocket | null | undefined): NotedClient {
  if (!socket) return { address: formatRemote(null), forwarded: false };
  return (socket[CLIENT] ??= { address: formatRemote(socket), forwarded: false });
}

/**
 * The client's address from X-Forwarded-For: the last one in the list that no trusted proxy has. What is left of it may be
 * invented by the client.
 */
function forwardedClient({ headers, socket }: IncomingMessage, proxies: AddressSet): string | undefined {
  const header = headers['x-forwarded-for'];
  if (header === undefined || proxies.isEmpty) return undefined;
  if (!proxies.has(hostOf(formatRemote(socket)))) return undefined;
  const hops = (Array.isArray(header) ? header.join() : header).split(',').map((hop) => hostOf(hop.trim()));
  let client: string | undefined;
  for (const hop of hops.toReversed()) {
    // Something that is no address ends what can be believed.
    if (isIP(hop) === 0) break;
    client = hop;
    if (!proxies.has(hop)) break;
  }
  return client;
}
