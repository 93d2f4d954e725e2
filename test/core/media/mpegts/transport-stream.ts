// A strict reader of transport streams, independent of the muxer: it rejects everything that the specification forbids.
import assert from 'node:assert/strict';

export interface Pes {
  readonly pid: number;
  readonly streamId: number;
  /** PES_packet_length as written. */
  readonly statedLength: number;
  readonly pts: bigint;
  readonly dts: bigint;
  readonly payload: Buffer;
  readonly randomAccess: boolean;
  /** Index of the transport packet that it begins in. */
  readonly packet: number;
}

export interface Pcr {
  readonly pid: number;
  readonly value: bigint;
  readonly discontinuity: boolean;
  readonly packet: number;
}

export interface ParsedStream {
  readonly patVersion: number;
  readonly pmtVersion: number;
  readonly pcrPid: number;
  readonly streams: readonly { type: number; pid: number; descriptors: string }[];
  readonly pes: readonly Pes[];
  readonly pcrs: readonly Pcr[];
}

/** Counters that have to continue from one segment to the next. */
export type Continuity = Map<number, number>;

/** Reads one segment, which has to begin with PAT and PMT. */
export function parseTransportStream(bytes: Buffer, continuity: Continuity = new Map()): ParsedStream {
  assert.equal(bytes.length % 188, 0, 'whole packets');
  const pcrs: Pcr[] = [];
  const tables: Buffer[] = [];
  const pes = new PesPackets();
  for (let at = 0; at < bytes.length; at += 188) {
    const packet = at / 188;
    const split = splitPacket(bytes.subarray(at, at + 188));
    const { pid, field, payload } = split;
    checkCounter(split, continuity, packet);
    if (field.pcr !== undefined) {
      pcrs.push({ pid, value: field.pcr, discontinuity: field.discontinuity, packet });
    }
    if (packet < 2) {
      assert.equal(pid, [0, 0x1000][packet]);
      assert.ok(split.start && payload !== undefined);
      tables.push(readSection(payload));
    } else {
      pes.add(split, packet);
    }
  }
  const [pat, pmt] = tables;
  assert.ok(pat && pmt);
  return { ...parseTables(pat, pmt), pes: pes.close(), pcrs };
}

function checkCounter({ pid, payload, counter }: SplitPacket, continuity: Continuity, packet: number): void {
  const last = continuity.get(pid);
  if (payload === undefined) {
    if (last !== undefined) assert.equal(counter, last, 'no payload, no step');
    return;
  }
  if (last !== undefined) assert.equal(counter, (last + 1) % 16, `continuity of PID ${pid} at ${packet}`);
  continuity.set(pid, counter);
}

/** Puts the payloads of transport packets together. */
class PesPackets {
  readonly #open = new Map<number, { packet: number; randomAccess: boolean; parts: Buffer[] }>();
  readonly #pes: Pes[] = [];

  add({ pid, start, field, payload }: SplitPacket, packet: number): void {
    if (payload === undefined) return;
    if (start) {
      this.#end(pid);
      this.#open.set(pid, { packet, randomAccess: field.randomAccess, parts: [] });
    } else {
      assert.ok(!field.randomAccess);
    }
    const parts = this.#open.get(pid)?.parts;
    assert.ok(parts, 'payload belongs to a PES packet');
    parts.push(payload);
  }

  /** All PES packets, in the order in which they begin. */
  close(): Pes[] {
    for (const pid of [...this.#open.keys()]) this.#end(pid);
    return this.#pes.sort((a, b) => a.packet - b.packet);
  }

  #end(pid: number): void {
    const begun = this.#open.get(pid);
    if (begun) this.#pes.push(parsePes(pid, Buffer.concat(begun.parts), begun.packet, begun.randomAccess));
    this.#open.delete(pid);
  }
}

interface Field {
  readonly pcr: bigint | undefined;
  readonly discontinuity: boolean;
  readonly randomAccess: boolean;
}

interface SplitPacket {
  readonly pid: number;
  readonly start: boolean;
  readonly counter: number;
  readonly field: Field;
  readonly payload: Buffer | undefined;
}

function splitPacket(packet: Buffer): SplitPacket {
  assert.equal(packet[0], 0x47);
  const head = packet.readUInt16BE(1);
  assert.equal(head & 0x8000, 0, 'no transport error');
  const control = (packet[3]! >> 4) & 3;
  assert.equal(packet[3]! >> 6, 0, 'not scrambled');
  assert.notEqual(control, 0);
  const fieldLength = control & 2 ? packet[4]! + 1 : 0;
  if (control === 2) assert.equal(fieldLength, 184);
  if (control === 3) assert.ok(fieldLength <= 183);
  return {
    pid: head & 0x1fff,
    start: (head & 0x4000) !== 0,
    counter: packet[3]! & 0x0f,
    field: parseField(packet.subarray(4, 4 + fieldLength)),
    payload: control & 1 ? packet.subarray(4 + fieldLength) : undefined,
  };
}

function parseField(field: Buffer): Field {
  if (field.length < 2) return { pcr: undefined, discontinuity: false, randomAccess: false };
  const flags = field[1]!;
  assert.equal(flags & 0x2f, 0, 'no flag that is not expected');
  const hasPcr = (flags & 0x10) !== 0;
  let pcr: bigint | undefined;
  if (hasPcr) {
    const bits = field.readUIntBE(2, 6);
    const wide = BigInt(bits);
    assert.equal((wide >> 9n) & 0x3fn, 0x3fn, 'reserved bits');
    assert.equal(wide & 0x1ffn, 0n);
    pcr = wide >> 15n;
  }
  for (const byte of field.subarray(hasPcr ? 8 : 2)) assert.equal(byte, 0xff, 'stuffing');
  return { pcr, discontinuity: (flags & 0x80) !== 0, randomAccess: (flags & 0x40) !== 0 };
}

/** CRC-32/MPEG-2 bit by bit. */
function crc(bytes: Buffer): number {
  let value = 0xffffffffn;
  for (const byte of bytes) {
    value ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++) {
      value = value & 0x80000000n ? ((value << 1n) ^ 0x104c11db7n) & 0xffffffffn : value << 1n;
    }
  }
  return Number(value);
}

function readSection(payload: Buffer): Buffer {
  assert.equal(payload[0], 0, 'pointer_field');
  const length = payload.readUInt16BE(2) & 0x0fff;
  const section = payload.subarray(1, 1 + 3 + length);
  assert.equal(crc(section), 0, 'CRC_32');
  for (const byte of payload.subarray(4 + length)) assert.equal(byte, 0xff);
  return section;
}

function parseTables(pat: Buffer, pmt: Buffer): Omit<ParsedStream, 'pes' | 'pcrs'> {
  assert.equal(pat[0], 0);
  assert.equal(pmt[0], 2);
  assert.equal(pat.readUInt16BE(8), 1);
  assert.equal(pat.readUInt16BE(10) & 0x1fff, 0x1000);
  const streams: { type: number; pid: number; descriptors: string }[] = [];
  let at = 12 + (pmt.readUInt16BE(10) & 0x0fff);
  while (at < pmt.length - 4) {
    const length = pmt.readUInt16BE(at + 3) & 0x0fff;
    streams.push({
      type: pmt[at]!,
      pid: pmt.readUInt16BE(at + 1) & 0x1fff,
      descriptors: pmt.toString('hex', at + 5, at + 5 + length),
    });
    at += 5 + length;
  }
  return {
    patVersion: (pat[5]! >> 1) & 0x1f,
    pmtVersion: (pmt[5]! >> 1) & 0x1f,
    pcrPid: pmt.readUInt16BE(8) & 0x1fff,
    streams,
  };
}

function parsePes(pid: number, bytes: Buffer, packet: number, randomAccess: boolean): Pes {
  assert.equal(bytes.readUIntBE(0, 3), 1, 'packet_start_code_prefix');
  const streamId = bytes[3]!;
  const statedLength = bytes.readUInt16BE(4);
  if (statedLength === 0) assert.equal(streamId, 0xe0, 'only video may leave its length out');
  else assert.equal(statedLength, bytes.length - 6);
  assert.equal(bytes[6], 0x84);
  const flags = bytes[7]! >> 6;
  assert.ok(flags === 2 || flags === 3);
  assert.equal(bytes[8], flags === 3 ? 10 : 5);
  const pts = parseTimestamp(bytes.subarray(9, 14), flags);
  const dts = flags === 3 ? parseTimestamp(bytes.subarray(14, 19), 1) : pts;
  return {
    pid,
    streamId,
    statedLength,
    pts,
    dts,
    payload: bytes.subarray(9 + bytes[8]),
    randomAccess,
    packet,
  };
}

export function parseTimestamp(field: Buffer, prefix: number): bigint {
  const bits = BigInt(field.readUIntBE(0, 5));
  assert.equal(bits >> 36n, BigInt(prefix));
  for (const marker of [32n, 16n, 0n]) assert.equal((bits >> marker) & 1n, 1n, 'marker bit');
  return (((bits >> 33n) & 7n) << 30n) | (((bits >> 17n) & 0x7fffn) << 15n) | ((bits >> 1n) & 0x7fffn);
}

/** The NAL units of a byte stream with start codes of four bytes; those of three may be emulated by none of them. */
export function splitByteStream(bytes: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = bytes.indexOf('00000001', 0, 'hex'); at >= 0; at = bytes.indexOf('00000001', at + 4, 'hex')) {
    starts.push(at);
  }
  return starts.map((start, index) => bytes.subarray(start + 4, starts[index + 1] ?? bytes.length));
}
