// Certificates: read when a config is staged, so that a bad one rejects the config instead of breaking connections.
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import {
  createSecureContext,
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls';
import { livegoError, messageOf } from '../errors.ts';
import { readRegularFile } from '../files/regular-file.ts';
import { after } from '../time/after.ts';
import { addressSchema, formatRemote, type AddressOption } from './address.ts';
import { setClientAddress } from './proxied-connections.ts';

const MAX_PEM_BYTES = 1024 * 1024;
const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface TlsFiles {
  /** PEM: the certificate, followed by its chain. */
  readonly cert: string;
  /** PEM: the private key. */
  readonly key: string;
}

export interface Credentials {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Hash of the contents of both files: shows whether they have changed. */
  readonly fingerprint: string;
}

/** Reads both files. Throws LVG_TLS naming the option, the file and the fault. */
export async function readCredentials(files: TlsFiles, option: string): Promise<Credentials> {
  const [cert, key] = await Promise.all([
    read(files.cert, `${option}.cert`),
    read(files.key, `${option}.key`),
  ]);
  try {
    createSecureContext({ cert, key });
    return { cert, key, fingerprint: createHash('sha256').update(cert).update(key).digest('hex') };
  } catch (error) {
    const { cert: certFile, key: keyFile } = files;
    const values = { option, cert: certFile, key: keyFile, reason: messageOf(error) };
    throw livegoError('LVG_TLS', 'pair', values, error);
  }
}

async function read(file: string, option: string): Promise<Buffer> {
  try {
    return await readRegularFile(file, { maxBytes: MAX_PEM_BYTES });
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw livegoError('LVG_TLS', 'file', { option, file: resolve(file), reason }, error);
  }
}

/** Finishes TLS handshakes on accepted connections and passes the decrypted side on. */
export class TlsAcceptor {
  readonly #server: TlsServer;
  /** Clients behind proxies, by the proxies' own addresses and ports. */
  readonly #clients = new Map<string, { readonly host: string; readonly port: number }>();
  /** Limits of the handshakes that are under way, by address and port of the peer. */
  readonly #limits = new Map<string, () => void>();

  /** @param onFailure - called for a client that does not complete its handshake */
  constructor(
    credentials: Credentials,
    onConnection: (socket: TLSSocket) => void,
    onFailure: (remote: string, reason: string) => void,
  ) {
    const { cert, key } = credentials;
    this.#server = createTlsServer({
      cert,
      key,
      minVersion: 'TLSv1.2',
      // Node's own limit would count the time in which this process was stopped, and cannot be switched off.
      handshakeTimeout: 10 * HANDSHAKE_TIMEOUT_MS,
    });
    this.#server.on('secureConnection', (socket) => {
      this.#limits.get(peerOf(socket, socket))?.();
      // Node only reports damaged records after the handshake; without this the connection would stay open.
      socket.on('error', () => socket.destroy());
      const client = this.#clients.get(`${socket.remoteAddress} ${socket.remotePort}`);
      if (client) setClientAddress(socket, client);
      onConnection(socket);
    });
    // A scan or a plain-text client: only its connection ends.
    this.#server.on('tlsClientError', (error, socket) => {
      onFailure(formatRemote(socket), reasonOf(error));
      socket.destroy();
    });
  }

  accept(socket: Socket): void {
    this.#keepClientAddress(socket);
    this.#limitHandshake(socket);
    this.#server.emit('connection', socket);
  }

  #limitHandshake(socket: Socket): void {
    const key = peerOf(Object.getPrototypeOf(socket) as object, socket);
    const cancel = after(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
    this.#limits.set(key, cancel);
    socket.once('close', () => {
      cancel();
      if (this.#limits.get(key) === cancel) this.#limits.delete(key);
    });
  }

  // The encrypted side may have its client's address from a proxy, and Node asks the system for that of the decrypted
  // side. The system's own address and port tell which belong together.
  #keepClientAddress(socket: Socket): void {
    if (!Object.hasOwn(socket, 'remoteAddress')) return;
    const { remoteAddress: host = '', remotePort: port = 0 } = socket;
    const key = peerOf(Object.getPrototypeOf(socket) as object, socket);
    this.#clients.set(key, { host, port });
    socket.once('close', () => this.#clients.delete(key));
  }
}

/** OpenSSL has a code for each of the ways in which bytes are no TLS. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const noTls = /WRONG_VERSION_NUMBER|HTTP_REQUEST|UNSUPPORTED_PROTOCOL|BAD_RECORD|PACKET_LENGTH/;
  if (noTls.test(code ?? ''))
    return 'the client does not speak TLS; use rtmps:// or https://, or the plain port';
  return code === 'ECONNRESET'
    ? 'the client left during the TLS handshake'
    : `the TLS handshake failed (${message})`;
}

/** The peer by the system, whatever address the socket was given. */
function peerOf(getters: object, socket: Socket): string {
  return `${Reflect.get(getters, 'remoteAddress', socket)} ${Reflect.get(getters, 'remotePort', socket)}`;
}

/** A TLS listener beside the plain one. */
export interface TlsOptions extends TlsFiles {
  /** 0: none. */
  readonly port: AddressOption;
}

/** JSON Schema of a `tls` option. */
export function tlsSchema(portDescription: string): Record<string, unknown> {
  return {
    type: 'object',
    level: 'server',
    additionalProperties: false,
    default: {},
    description: 'TLS, on an address of its own. The files are read again when they change.',
    properties: {
      port: addressSchema(0, portDescription),
      cert: {
        level: 'server',
        type: 'string',
        path: 'read',
        default: 'server.crt',
        description: 'PEM file: the certificate, then its chain.',
      },
      key: {
        level: 'server',
        type: 'string',
        path: 'read',
        default: 'server.key',
        description: 'PEM file: the private key.',
      },
    },
  };
}
