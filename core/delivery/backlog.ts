// Headers and cached GOP for a late joiner.
import type { AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import type { GopCache } from './gop-cache.ts';
import { encodeRun, type PacketFormat } from '../media/packet-format.ts';
import type { MediaPacket } from '../media/packet.ts';

/** Joiners get the cached groups in shared buffers of about this size. */
const RUN_BYTES = 64 * 1024;

/** The part of a stream that a backlog is built from. */
export interface BacklogSource {
  readonly gop: GopCache;
  readonly expectedTracks: AnnouncedTracks;
}

/**
 * The encoded GOP cache and its opening, kept from one joiner to the next and extended as the cache grows. When joiners have
 * stopped coming, it would only be a second copy of the cache, and soon of an old one.
 */
export class Backlog {
  /** A joiner has had it since the last look. */
  #used = false;
  #epoch = -1;
  #tracks: AnnouncedTracks | undefined;
  #sealed: Buffer[] = [];
  #sealedCount = 0;
  #tail: Buffer | undefined;
  #tailCount = 0;

  /** Memory in use, for all joiners. */
  get buffers(): readonly Buffer[] {
    return this.#tail ? [...this.#sealed, this.#tail] : this.#sealed;
  }

  runs(source: BacklogSource, format: PacketFormat): readonly Buffer[] {
    const { gop } = source;
    if (gop.length === 0) return [];
    this.#used = true;
    if (this.#isOutdated(source)) this.#restart(source, format);
    if (this.#tailCount !== gop.length) this.#continue(gop, format);
    const runs = this.buffers;
    // A group without a packet of the wanted kind gives no run: not even an empty write.
    return format.only === undefined ? runs : runs.filter((run) => run.length > 0);
  }

  /** Called about once a second: gives up what no joiner has wanted since the call before. */
  releaseUnused(): void {
    if (!this.#used) this.clear();
    this.#used = false;
  }

  clear(): void {
    this.#epoch = -1;
    this.#tracks = undefined;
    this.#sealed = [];
    this.#sealedCount = 0;
    this.#tail = undefined;
    this.#tailCount = 0;
  }

  #isOutdated({ gop, expectedTracks: { audio, video } }: BacklogSource): boolean {
    if (this.#epoch !== gop.epoch || this.#sealedCount > gop.length) return true;
    return this.#tracks?.audio !== audio || this.#tracks.video !== video;
  }

  #restart({ gop, expectedTracks }: BacklogSource, format: PacketFormat): void {
    const opening = encodeOpening(gop.headers(), format, expectedTracks);
    this.#epoch = gop.epoch;
    this.#tracks = expectedTracks;
    this.#sealed = opening.length > 0 ? [opening] : [];
    this.#sealedCount = 0;
    this.#tailCount = -1;
    this.#tail = undefined;
  }

  #continue(gop: GopCache, format: PacketFormat): void {
    const packets = gop.read(this.#sealedCount);
    let bytes = 0;
    let start = 0;
    for (let index = 0; index < packets.length; index++) {
      bytes += packets[index]!.payload.length;
      if (bytes < RUN_BYTES) continue;
      this.#sealed.push(encodeAccepted(packets.slice(start, index + 1), format));
      start = index + 1;
      bytes = 0;
    }
    this.#sealedCount += start;
    this.#tail = start < packets.length ? encodeAccepted(packets.slice(start), format) : undefined;
    this.#tailCount = gop.length;
  }
}

/** The bytes before a viewer's first packet: the format's start, then headers. */
export function encodeOpening(
  headers: readonly MediaPacket[],
  format: PacketFormat,
  tracks: AnnouncedTracks,
): Buffer {
  const start = format.start?.(tracks);
  const run = encodeAccepted(headers, format);
  return start ? Buffer.concat([start, run]) : run;
}

/** The packets that the format takes, in one allocation. */
export function encodeAccepted(packets: readonly MediaPacket[], format: PacketFormat): Buffer {
  return encodeRun(
    packets.filter((packet) => format.accepts(packet)),
    format,
  );
}
