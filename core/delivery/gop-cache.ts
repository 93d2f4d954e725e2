// The last groups of pictures of a stream, so that a late joiner has a picture at once.
import type { AppOptions } from '../options/options.ts';
import { PacketMemory } from './packet-memory.ts';
import { MediaPacket } from '../media/packet.ts';

export interface GopLimits {
  /** Groups kept; 0 switches the cache off. */
  readonly groups: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

export function gopLimits(options: AppOptions): GopLimits {
  return { groups: options.gop_num, bytes: options.gopMaxBytes, milliseconds: options.gopMaxMs };
}

/** What a packet needs in memory beside its payload, about. Without it a flood of one-byte packets would pass any limit. */
const PACKET_OVERHEAD_BYTES = 64;

interface Group {
  /** The headers at the group's beginning; later ones are among its packets. */
  readonly headers: readonly MediaPacket[];
  readonly packets: PacketMemory;
  bytes: number;
}

/** Groups of packets, each from a keyframe on, audio and data included. Audio-only streams have none: any packet is a start. */
export class GopCache {
  #limits: GopLimits;
  #groups: Group[] = [];
  #bytes = 0;
  #newest = 0;
  #epoch = 0;
  /** Tells how much more or less memory is in use; returns how much is too much. */
  #hold: (change: number) => number = () => 0;

  constructor(limits: GopLimits) {
    this.#limits = limits;
  }

  /** From now on its memory counts among that of all media. */
  accountTo(hold: (change: number) => number): void {
    this.#hold = hold;
    hold(this.#bytes);
  }

  /** Changes when packets are dropped at the front. A backlog built from earlier packets is then outdated. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Memory in use: payloads and overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Packets in it. */
  get length(): number {
    return this.#groups.reduce((sum, { packets }) => sum + packets.length, 0);
  }

  /** The cached packets in order, from the one at `start` on. Each call makes them. */
  read(start = 0): MediaPacket[] {
    const found: MediaPacket[] = [];
    let skipped = 0;
    for (const { packets } of this.#groups) {
      for (let index = Math.max(0, start - skipped); index < packets.length; index++)
        found.push(packets.at(index));
      skipped += packets.length;
    }
    return found;
  }

  /** Headers for the first cached packet, with its timestamp, so that a joiner's clock never runs backwards. */
  headers(): readonly MediaPacket[] {
    const first = this.#groups[0];
    return first ? restampForJoiner(first.headers, first.packets.firstTimestamp ?? 0) : [];
  }

  /** Takes a packet of the stream; `headers` are those before it. */
  push(packet: MediaPacket, headers: readonly MediaPacket[]): void {
    if (this.#limits.groups === 0) return;
    if (packet.keyframe && packet.track === 0) this.#open(headers);
    const group = this.#groups.at(-1);
    if (!group) return;
    group.packets.push(packet);
    this.#newest = packet.timestamp;
    const bytes = packet.payload.length + PACKET_OVERHEAD_BYTES;
    group.bytes += bytes;
    this.#bytes += bytes;
    const excess = this.#hold(bytes);
    this.#trim();
    if (excess > 0) this.#shrink(excess);
  }

  clear(): void {
    if (this.#groups.length === 0) return;
    this.#groups = [];
    this.#hold(-this.#bytes);
    this.#bytes = 0;
    this.#epoch++;
  }

  /** New limits apply at once: a smaller cache drops its oldest groups. */
  configure(limits: GopLimits): void {
    this.#limits = limits;
    if (limits.groups === 0) this.clear();
    while (this.#groups.length > limits.groups) this.#dropOldest();
    this.#trim();
  }

  #open(headers: readonly MediaPacket[]): void {
    let dropped: Group | undefined;
    while (this.#groups.length >= this.#limits.groups) dropped = this.#dropOldest();
    const packets = dropped?.packets.renew() ?? new PacketMemory();
    this.#groups.push({ headers, packets, bytes: 0 });
  }

  // A group that alone passes a limit is of no use without its start: the cache stays empty until the next keyframe.
  #trim(): void {
    while (this.#groups.length > 0 && this.#exceeds()) this.#dropOldest();
  }

  #shrink(excess: number): void {
    const most = this.#bytes - excess;
    while (this.#groups.length > 0 && this.#bytes > most) this.#dropOldest();
  }

  #exceeds(): boolean {
    if (this.#bytes > this.#limits.bytes) return true;
    const oldest = this.#groups[0]?.packets.firstTimestamp;
    return oldest !== undefined && this.#newest - oldest > this.#limits.milliseconds;
  }

  #dropOldest(): Group | undefined {
    const [dropped, ...kept] = this.#groups;
    if (!dropped) return undefined;
    this.#groups = kept;
    this.#bytes -= dropped.bytes;
    this.#hold(-dropped.bytes);
    this.#epoch++;
    return dropped;
  }
}

/**
 * Headers for a viewer that has received nothing yet. Metadata goes first and at 0: ffmpeg takes an `onMetaData` at any other
 * time for a track of its own.
 */
export function restampForJoiner(headers: readonly MediaPacket[], timestamp: number): MediaPacket[] {
  return headers.map(
    (packet) => new MediaPacket(packet.info, packet.kind === 'data' ? 0 : timestamp, packet.payload),
  );
}

/** Copies of packets with another timestamp; the payloads stay shared. */
export function restamp(packets: readonly MediaPacket[], timestamp: number): MediaPacket[] {
  return packets.map((packet) => new MediaPacket(packet.info, timestamp, packet.payload));
}
