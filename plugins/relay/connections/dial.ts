// Sockets to peers. The name of a host is looked up for each connection, and its IPv6 and IPv4 addresses are all tried.
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How the certificates of peers are checked. */
export interface TlsTrust {
  /** PEM: the authorities that are trusted instead of the well-known ones. */
  readonly ca: Buffer | undefined;
  /** Accepts any certificate. */
  readonly insecure: boolean;
}

export interface DialTarget {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** All addresses of a host are tried. Node's default of 250 ms for each would give up on peers that are far away. */
export const ALL_ADDRESSES = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1000 } as const;
const KEEP_ALIVE_MS = 10_000;

/** @param connected - called once, after the handshake of TLS if there is one */
export function dial({ host, port, secure }: DialTarget, trust: TlsTrust, connected: () => void): Socket {
  const place = {
    host,
    port,
    ...ALL_ADDRESSES,
  };
  const socket = secure
    ? connectTls({ ...place, ...tlsSettings(trust), ...(isIP(host) === 0 && { servername: host }) })
    : connect(place);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.once(secure ? 'secureConnect' : 'connect', connected);
  return socket;
}

export function tlsSettings({ ca, insecure }: TlsTrust): { ca?: Buffer; rejectUnauthorized: boolean } {
  return { ...(ca && { ca }), rejectUnauthorized: !insecure };
}
