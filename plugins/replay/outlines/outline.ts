// What playback has to know of a file, whichever its format: where it can begin, and how packets are read from there.
import type { KeyframePlace, MediaPacket, ReadAt } from 'livego/media';

export interface Outline {
  /** The bytes that a player of the file needs first, wherever it enters. */
  readonly head: Buffer;
  /** Sequence headers. */
  readonly headers: readonly MediaPacket[];
  /** The body of an onMetaData for a player that enters anywhere: without what is about positions in the file. */
  readonly metadata: Buffer;
  /** Where the media begins: audio may stand before the first keyframe. */
  readonly beginning: KeyframePlace;
  /** Keyframes in the order of time. */
  readonly places: readonly KeyframePlace[];
  readonly durationMs: number;
  /** @param end - what begins at this position of the file, or later, is not read */
  read(readAt: ReadAt, from: KeyframePlace, end: number): PacketRun;
}

/** The packets of a part of a file. */
export interface PacketRun {
  /** The next ones, of about 256 KiB; none at the end. */
  next(): Promise<readonly MediaPacket[]>;
}

export const PIECE_BYTES = 256 * 1024;

/** The last place that is not later than the time; the first one if all are. */
export function placeBefore(places: readonly KeyframePlace[], timeMs: number): KeyframePlace | undefined {
  return places.findLast((place) => place.timeMs <= timeMs) ?? places[0];
}
