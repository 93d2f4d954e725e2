// The last groups of pictures of a stream, so that a late joiner has a picture at once.
import { MediaPacket } from './packet.ts';

export interface GopLimits {
  /** Groups kept; 0 switches the cache off. */
  readonly groups: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** What a packet holds in memory beside its payload, about: else a flood of one-byte packets would pass any limit. */
const PACKET_OVERHEAD_BYTES = 256;

interface Group {
  /** Headers in force when the group began: those that came later stand among its packets. */
  readonly headers: readonly MediaPacket[];
  readonly start: number;
  bytes: number;
}

/** Groups of packets, each from a keyframe on, audio and data included. Audio-only streams need none and have none. */
export class GopCache {
  #limits: GopLimits;
  #packets: MediaPacket[] = [];
  #groups: Group[] = [];
  #bytes = 0;
  #epoch = 0;

  constructor(limits: GopLimits) {
    this.#limits = limits;
  }

  /** Changes when packets left the front: what was built from earlier packets no longer matches. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Memory in use: payloads, and what their packets cost. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The cached packets in order; never change it. */
  get packets(): readonly MediaPacket[] {
    return this.#packets;
  }

  /** Headers for the first cached packet, with its timestamp, so that a joiner's clock never runs backwards. */
  headers(): readonly MediaPacket[] {
    const first = this.#groups[0];
    const from = this.#packets[0];
    return first && from ? restampForJoiner(first.headers, from.timestamp) : [];
  }

  /** Takes a packet of the stream; `headers` are those in force before it. */
  push(packet: MediaPacket, headers: readonly MediaPacket[]): void {
    if (this.#limits.groups === 0) return;
    if (packet.keyframe && packet.track === 0) this.#open(headers);
    const group = this.#groups.at(-1);
    if (!group) return;
    this.#packets.push(packet);
    const bytes = packet.payload.length + PACKET_OVERHEAD_BYTES;
    group.bytes += bytes;
    this.#bytes += bytes;
    this.#trim();
  }

  clear(): void {
    if (this.#packets.length === 0) return;
    this.#packets = [];
    this.#groups = [];
    this.#bytes = 0;
    this.#epoch++;
  }

  /** New limits hold at once: a smaller cache drops its oldest groups. */
  configure(limits: GopLimits): void {
    this.#limits = limits;
    if (limits.groups === 0) this.clear();
    while (this.#groups.length > limits.groups) this.#dropOldest();
    this.#trim();
  }

  #open(headers: readonly MediaPacket[]): void {
    while (this.#groups.length >= this.#limits.groups) this.#dropOldest();
    this.#groups.push({ headers, start: this.#packets.length, bytes: 0 });
  }

  // A group that alone passes a limit is of no use without its start: the cache stays empty until the next keyframe.
  #trim(): void {
    while (this.#groups.length > 0 && this.#exceeds()) this.#dropOldest();
  }

  #exceeds(): boolean {
    if (this.#bytes > this.#limits.bytes) return true;
    const first = this.#packets[0];
    const last = this.#packets.at(-1);
    return (
      first !== undefined &&
      last !== undefined &&
      last.timestamp - first.timestamp > this.#limits.milliseconds
    );
  }

  #dropOldest(): void {
    const [dropped, next] = this.#groups;
    if (!dropped) return;
    if (!next) return this.clear();
    const { start } = next;
    this.#packets = this.#packets.slice(start);
    this.#groups = this.#groups.slice(1).map((group) => ({ ...group, start: group.start - start }));
    this.#bytes -= dropped.bytes;
    this.#epoch++;
  }
}

/**
 * Headers for somebody who has had nothing yet. Metadata goes first and at 0: ffmpeg takes an `onMetaData` at any other
 * time for a track of its own.
 */
export function restampForJoiner(headers: readonly MediaPacket[], timestamp: number): MediaPacket[] {
  return headers.map(
    (packet) => new MediaPacket(packet, packet.kind === 'data' ? 0 : timestamp, packet.payload),
  );
}

/** Copies of packets with another timestamp; the payloads stay shared. */
export function restamp(packets: readonly MediaPacket[], timestamp: number): MediaPacket[] {
  return packets.map((packet) => new MediaPacket(packet, timestamp, packet.payload));
}
