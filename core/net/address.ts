// Addresses to listen on, as people write them.
import { isIP } from 'node:net';

/** What an option that takes an address may be. */
export type AddressOption = string | number | InheritedSocket;

/** A listening socket that the process was started with: systemd passes the first one as file descriptor 3. */
export interface InheritedSocket {
  readonly fd: number;
}

export interface ListenAddress {
  /** undefined: every interface, IPv6 and IPv4. */
  readonly host: string | undefined;
  /** 0 lets the system choose. An inherited socket has its own. */
  readonly port: number;
  readonly fd?: number;
}

/** Standard input, output and error come before. */
const MIN_FD = 3;
const MAX_FD = 65_535;

/** `{ fd: 3 }`, `1935`, `"1935"`, `":1935"`, `"127.0.0.1:1935"`, `"[::1]:1935"`, `"localhost:1935"`. Undefined if it is none. */
export function parseListenAddress(value: AddressOption): ListenAddress | undefined {
  if (typeof value === 'number') return isPort(value) ? { host: undefined, port: value } : undefined;
  if (typeof value === 'object') return parseInherited(value);
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(value.trim());
  if (!match) return undefined;
  const [, ipv6, name, digits] = match;
  const port = Number(digits);
  if (!isPort(port) || (ipv6 !== undefined && isIP(ipv6) !== 6)) return undefined;
  return { host: ipv6 ?? (name === '' ? undefined : name), port };
}

/** The form people write: `:1935`, `127.0.0.1:1935`, `[::1]:1935`, `fd 3`. Also the key under which listeners are shared. */
export function formatAddress(address: ListenAddress): string {
  const { host, port, fd } = address;
  if (fd !== undefined) return `fd ${fd}`;
  if (host === undefined) return `:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether it takes connections to every address of the machine. It then excludes any other address with that port. */
export function isWildcard({ host }: ListenAddress): boolean {
  return host === undefined || host === '::' || host === '0.0.0.0';
}

/** A peer as Node tells it: nothing of a socket that has closed, no socket at all of a request that was abandoned. */
type Peer = { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined } | null;

/** A peer's address for logs and gates; an IPv4 address mapped into IPv6 is shown as IPv4. */
export function formatRemote(peer: Peer): string {
  const host = (peer?.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
  return peer?.remotePort === undefined ? host : formatAddress({ host, port: peer.remotePort });
}

/** JSON Schema of an option that takes an address. */
export function addressSchema(
  defaultValue: string | number | undefined,
  description: string,
): Record<string, unknown> {
  return {
    level: 'server',
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 65_535 },
      { type: 'string', pattern: '^((\\[[^\\]]+\\]|[^:\\[\\]]*):)?[0-9]{1,5}$' },
      {
        type: 'object',
        required: ['fd'],
        additionalProperties: false,
        properties: { fd: { type: 'integer', minimum: MIN_FD, maximum: MAX_FD } },
      },
    ],
    expects:
      'a port such as 1935, an address such as ":1935" or "127.0.0.1:1935", or { fd: 3 } for an inherited socket',
    ...(defaultValue !== undefined && { default: defaultValue }),
    description,
  };
}

function parseInherited({ fd }: InheritedSocket): ListenAddress | undefined {
  const isOne = Number.isInteger(fd) && fd >= MIN_FD && fd <= MAX_FD;
  return isOne ? { host: undefined, port: 0, fd } : undefined;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}
