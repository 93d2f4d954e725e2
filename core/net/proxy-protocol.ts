// The header of the PROXY protocol, versions 1 and 2 (haproxy.org, "The PROXY protocol", 2020/03/05): bytes in, the
// client's address out. Sockets are in proxied-connections.ts.
import { isIPv4, isIPv6 } from 'node:net';

/** The connection's true client. Undefined members: the proxy speaks for itself (LOCAL, UNKNOWN, a health check). */
export interface ProxyHeader {
  /** Bytes of the header; what follows is the client's. */
  readonly length: number;
  readonly client: { readonly host: string; readonly port: number } | undefined;
}

export type ProxyHeaderResult = ProxyHeader | 'incomplete' | 'malformed';

const SIGNATURE_V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const SIGNATURE_V1 = Buffer.from('PROXY ');
/** Section 2.1: with its line end, whatever the family. */
const MAX_V1_BYTES = 107;
const V2_FIXED_BYTES = 16;
/** Room for both addresses and more additions (TLVs) than any proxy sends. */
export const MAX_PROXY_HEADER_BYTES = 4096;

/** Reads the header from the first bytes of a connection. */
export function parseProxyHeader(bytes: Buffer): ProxyHeaderResult {
  if (startsLike(bytes, SIGNATURE_V2)) return parseVersion2(bytes);
  return startsLike(bytes, SIGNATURE_V1) ? parseVersion1(bytes) : 'malformed';
}

function startsLike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.subarray(0, length).equals(signature.subarray(0, length));
}

function parseVersion1(bytes: Buffer): ProxyHeaderResult {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length >= MAX_V1_BYTES ? 'malformed' : 'incomplete';
  const [, family, ...fields] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (family === 'UNKNOWN') return { length, client: undefined };
  const [host = '', destination = '', port = '', ownPort = ''] = fields;
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  const isWhole = fields.length === 4 && isAddress(destination) && isPort(ownPort);
  return isWhole && isAddress(host) && isPort(port)
    ? { length, client: { host, port: Number(port) } }
    : 'malformed';
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function parseVersion2(bytes: Buffer): ProxyHeaderResult {
  if (bytes.length < V2_FIXED_BYTES) return 'incomplete';
  const command = bytes[12]!;
  const family = bytes[13]!;
  const length = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (command !== 0x20 && command !== 0x21) return 'malformed';
  if (length > MAX_PROXY_HEADER_BYTES) return 'malformed';
  if (bytes.length < length) return 'incomplete';
  if (command === 0x20) return { length, client: undefined };
  const addresses = bytes.subarray(V2_FIXED_BYTES, length);
  // The transport (low bits) is TCP; a family that has no IP address is the proxy's own affair.
  if (family === 0x11) return version2Client(length, addresses, 4);
  if (family === 0x21) return version2Client(length, addresses, 16);
  return { length, client: undefined };
}

function version2Client(length: number, addresses: Buffer, size: 4 | 16): ProxyHeaderResult {
  if (addresses.length < 2 * size + 4) return 'malformed';
  const port = addresses.readUInt16BE(2 * size);
  const bytes = addresses.subarray(0, size);
  const host =
    size === 4
      ? bytes.join('.')
      : Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':');
  return { length, client: { host, port } };
}
