// Sets of IP addresses and networks, as operators list them: 10,000 entries cost a client no more than a few look-ups.
import { isIP, isIPv4 } from 'node:net';

/** The host part of "192.0.2.1:5000", "[2001:db8::1]:5000" or an address alone. */
export function hostOf(remote: string): string {
  if (isIP(remote) !== 0) return remote;
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(remote);
  if (bracketed) return bracketed[1]!;
  return remote.replace(/:\d+$/, '');
}

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, of which one household has all. An IPv4 address
 * mapped into IPv6, as a dual-stack socket has it, is the same client as without that.
 */
export function networkOf(address: string): string {
  const bits = parseAddress(address);
  if (bits === undefined) return address;
  return bits.size === 32 ? formatIpv4(bits.value) : `${formatWords(bits.value >> 64n)}::/64`;
}

interface Bits {
  readonly value: bigint;
  readonly size: 32 | 128;
}

/** An address as a number. IPv4 mapped into IPv6 is IPv4. Undefined for anything else. */
function parseAddress(text: string): Bits | undefined {
  if (isIPv4(text)) return { value: parseIpv4(text), size: 32 };
  const address = text.replace(/%.*$/, '');
  if (isIP(address) !== 6) return undefined;
  const value = parseIpv6(address);
  return value >> 32n === 0xffffn ? { value: value & 0xffff_ffffn, size: 32 } : { value, size: 128 };
}

function parseIpv4(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

// The text has passed isIP, so it has eight words, or fewer around one "::".
function parseIpv6(text: string): bigint {
  const dotted = /(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  const last = dotted === undefined ? 0n : parseIpv4(dotted);
  const words = dotted === undefined ? text : text.replace(dotted, formatWords(last, 2));
  const [head = '', tail] = words.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((value, word) => (value << 16n) | BigInt(`0x${word}`), 0n);
}

function formatWords(value: bigint, count = 4): string {
  return Array.from({ length: count }, (_, index) =>
    ((value >> BigInt(16 * (count - 1 - index))) & 0xffffn).toString(16),
  ).join(':');
}

interface Network extends Bits {
  readonly prefix: number;
}

/** `192.0.2.0/24`, `2001:db8::/32`, an address alone. Undefined if it is none of these. */
function parseNetwork(text: string): Network | undefined {
  const match = /^([^/]+?)(?:\/(\d{1,3}))?$/.exec(text.trim());
  const bits = match && parseAddress(match[1]!);
  if (!match || !bits) return undefined;
  const mapped = bits.size === 32 && match[1]!.includes(':');
  const prefix = match[2] === undefined ? bits.size : Number(match[2]) - (mapped ? 96 : 0);
  return prefix >= 0 && prefix <= bits.size ? { ...bits, prefix } : undefined;
}

/** JSON Schema of a list of addresses and networks. */
export function addressListSchema(description: string): Record<string, unknown> {
  return {
    type: 'array',
    default: [],
    maxItems: 100_000,
    items: {
      type: 'string',
      pattern: '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$',
      expects: 'an IP address or a network such as "192.0.2.0/24" or "2001:db8::/32"',
    },
    description,
  };
}

/** Throws RangeError for an entry that is neither an address nor a network. */
function requireNetwork(entry: string): Network {
  const network = parseNetwork(entry);
  if (network) return network;
  throw new RangeError(`"${entry}" is neither an IP address nor a network such as 192.0.2.0/24`);
}

/**
 * The addresses that both lists hold, as entries of either, each once. An entry that is neither an address nor a network holds
 * itself alone.
 */
export function intersectAddresses(one: readonly string[], other: readonly string[]): string[] {
  const both = one.flatMap((each) =>
    other.flatMap((beside) => (holds(each, beside) ? [beside] : holds(beside, each) ? [each] : [])),
  );
  return [...new Set(both)];
}

function holds(outer: string, inner: string): boolean {
  const [wide, narrow] = [parseNetwork(outer), parseNetwork(inner)];
  if (!wide || !narrow) return outer === inner;
  const shift = BigInt(wide.size - wide.prefix);
  return (
    wide.size === narrow.size && wide.prefix <= narrow.prefix && wide.value >> shift === narrow.value >> shift
  );
}

interface Group<Value> {
  readonly size: Network['size'];
  readonly shift: bigint;
  readonly values: Map<bigint, Value>;
}

/** Values by address or network. An address and the network that holds it alone are the same key. */
export class AddressMap<Value> {
  /** The networks of each size and prefix length. */
  readonly #groups = new Map<string, Group<Value>>();

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** Throws RangeError for an entry that is neither an address nor a network. */
  set(entry: string, value: Value): void {
    const { value: bits, size, prefix } = requireNetwork(entry);
    const key = `${size}/${prefix}`;
    const group = this.#groups.get(key) ?? { size, shift: BigInt(size - prefix), values: new Map() };
    this.#groups.set(key, group);
    group.values.set(bits >> group.shift, value);
  }

  /** The value of exactly that address or network. */
  get(entry: string): Value | undefined {
    const network = parseNetwork(entry);
    const group = network && this.#groups.get(`${network.size}/${network.prefix}`);
    return group && network && group.values.get(network.value >> group.shift);
  }

  delete(entry: string): void {
    const network = parseNetwork(entry);
    const key = `${network?.size}/${network?.prefix}`;
    const group = this.#groups.get(key);
    if (!group || !network) return;
    group.values.delete(network.value >> group.shift);
    if (group.values.size === 0) this.#groups.delete(key);
  }

  /** The values of all networks that hold the address. None for what is no address. */
  *holding(address: string): Generator<Value> {
    if (this.isEmpty) return;
    const bits = parseAddress(address);
    if (!bits) return;
    for (const { size, shift, values } of this.#groups.values()) {
      const value = size === bits.size ? values.get(bits.value >> shift) : undefined;
      if (value !== undefined) yield value;
    }
  }
}

export class AddressSet {
  readonly #entries = new AddressMap<true>();

  /** Throws RangeError naming the first entry that is neither an address nor a network. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#entries.set(entry, true);
  }

  get isEmpty(): boolean {
    return this.#entries.isEmpty;
  }

  has(address: string): boolean {
    for (const found of this.#entries.holding(address)) return found;
    return false;
  }
}
