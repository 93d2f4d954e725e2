// Packets as bytes on the wire, for one kind of viewer.
import type { AnnouncedTracks } from './flv/announced-tracks.ts';
import type { MediaPacket } from './packet.ts';

/**
 * A wire format: FLV tags, RTMP chunks of one size, FLV inside WebSocket messages …
 *
 * Viewers that hold the *same object* share the same bytes, so a plugin hands the same object to equal viewers. The
 * fan-out measures a run of packets, allocates once, and writes all of them into that allocation.
 */
export interface PacketFormat {
  /** For logs and statistics, e.g. "flv" or "rtmp/4096". */
  readonly name: string;
  /** Set if its viewers want one kind of track alone. */
  readonly only?: 'audio' | 'video' | undefined;
  /**
   * Set if too few viewers share the format to keep the GOP cache encoded for them: they start at the next keyframe. A
   * plugin sets it where clients choose the format, for each such choice would cost the memory of a GOP cache.
   */
  readonly startsAt?: 'next-keyframe' | undefined;
  /** Bytes before a viewer's first packet, if any; `tracks` are those that the stream has announced. */
  start?(tracks: AnnouncedTracks): Buffer | undefined;
  /** Whether viewers of this format get the packet at all (`?only=audio`, data a protocol cannot carry). */
  accepts(packet: MediaPacket): boolean;
  /** The exact number of bytes that `write` will write for this packet. */
  byteLength(packet: MediaPacket): number;
  /** Writes the packet at `offset` and returns the offset after it. */
  write(packet: MediaPacket, target: Buffer, offset: number): number;
}

/**
 * A wire format that plugins share, whoever asks for it first: see `context.format`. It stands at the top of a module, and
 * each server makes an object of its own.
 */
export interface SharedFormat<Format extends PacketFormat> {
  readonly make: () => Format;
}

export function sharedFormat<Format extends PacketFormat>(make: () => Format): SharedFormat<Format> {
  return { make };
}

/** Encodes a run into one allocation; `offsets`, if given, is filled with where each packet begins. */
export function encodeRun(packets: readonly MediaPacket[], format: PacketFormat, offsets?: number[]): Buffer {
  let length = 0;
  for (let index = 0; index < packets.length; index++) length += format.byteLength(packets[index]!);
  const run = Buffer.allocUnsafe(length);
  let offset = 0;
  for (let index = 0; index < packets.length; index++) {
    if (offsets) offsets[index] = offset;
    offset = format.write(packets[index]!, run, offset);
  }
  return run;
}
