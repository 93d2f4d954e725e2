// Connections that a load balancer passes on: its PROXY header is taken off, and the socket has the client's address.
import type { Socket } from 'node:net';
import { after } from '../time/after.ts';
import { MAX_PROXY_HEADER_BYTES, parseProxyHeader } from './proxy-protocol.ts';

/** A proxy sends its header at once (section 2 of the specification asks for at least 3 s). */
const HEADER_TIMEOUT_MS = 5000;

/**
 * Reads the header, gives the socket the client's address, and calls back with the header's bytes taken off. A connection
 * without a header that can be read is cut off: guessing would let clients name any address.
 */
export function readProxyHeader(
  socket: Socket,
  accept: (socket: Socket) => void,
  rejected: () => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (): void => {
    cancel();
    socket.off('data', onData);
    socket.off('close', onClose);
  };
  const onClose = (): void => finish();
  const reject = (): void => {
    finish();
    socket.destroy();
    rejected();
  };
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    if (header === 'malformed' || (header === 'incomplete' && bytes.length >= MAX_PROXY_HEADER_BYTES))
      return reject();
    if (header === 'incomplete') return;
    finish();
    socket.pause();
    const rest = bytes.subarray(header.length);
    if (rest.length > 0) socket.unshift(rest);
    if (header.client) setClientAddress(socket, header.client);
    accept(socket);
    // A protocol that adds its own listener to `data` reads on from there.
    if (socket.listenerCount('data') > 0) socket.resume();
  };
  const cancel = after(HEADER_TIMEOUT_MS, reject);
  socket.once('close', onClose);
  socket.on('data', onData);
}

/** Lets the socket tell another address of its peer than the system does. */
export function setClientAddress(
  socket: Socket,
  { host, port }: { readonly host: string; readonly port: number },
): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: host, configurable: true },
    remotePort: { value: port, configurable: true },
    remoteFamily: { value: host.includes(':') ? 'IPv6' : 'IPv4', configurable: true },
  });
}
