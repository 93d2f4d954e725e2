// HLS of a recording: a playlist of its keyframes, and segments that are made when they are asked for.
import type { FileHandle } from 'node:fs/promises';
import { readerOf } from 'livego/files';
import {
  buildMediaPlaylist,
  describeTag,
  FlvReader,
  isCarriedByTs,
  MediaPacket,
  SegmentMuxer,
  type KeyframePlace,
} from 'livego/media';
import { readOutline, type FlvOutline } from './flv-entry.ts';
import type { Recording } from './recording.ts';

/** A part of a recording between two keyframes. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
}

/** More of a file than this does not become one segment. */
const MAX_PART_BYTES = 64 * 1024 * 1024;

export interface HlsOutline {
  readonly head: Buffer;
  readonly parts: readonly Part[];
}

export async function readHlsOutline(
  handle: FileHandle,
  recording: Recording,
  segmentSeconds: number,
): Promise<HlsOutline> {
  const outline = await readOutline(readerOf(handle));
  return { head: outline.head, parts: cutParts(outline, recording.bytes, segmentSeconds * 1000) };
}

/** @param base - of the segments' URLs: `movie_20261125T220312` */
export function buildPlaylist({ parts }: HlsOutline, base: string, query: string): string {
  const longest = Math.max(...parts.map(({ durationMs }) => durationMs), 1000);
  const suffix = query === '' ? '' : `?${query}`;
  return buildMediaPlaylist({
    targetDuration: Math.ceil(longest / 1000),
    mediaSequence: 0,
    discontinuitySequence: 0,
    segments: parts.map(({ durationMs }, index) => ({
      uri: `${encodeURIComponent(base)}/${index}.ts${suffix}`,
      durationMs,
      discontinuity: false,
      independent: true,
    })),
    ended: true,
  });
}

/** The segment of that number. Undefined if there is none, or MPEG-TS cannot carry its codecs. */
export async function buildSegment(
  handle: FileHandle,
  { head, parts }: HlsOutline,
  number: number,
): Promise<Buffer | undefined> {
  const part = parts[number];
  if (!part || part.to - part.from > MAX_PART_BYTES) return undefined;
  const reader = new FlvReader();
  const muxer = new SegmentMuxer();
  const bytes = await readerOf(handle)(part.from, part.to - part.from);
  let carried = false;
  for (const tag of [...reader.push(head), ...reader.push(bytes)]) {
    const packet = new MediaPacket(describeTag(tag.type, tag.body), tag.timestamp, tag.body);
    if (packet.kind === 'data') continue;
    carried ||= packet.codec !== undefined && isCarriedByTs(packet.codec);
    muxer.push(packet);
  }
  return carried ? (muxer.cut('discontinuity') ?? undefined) : undefined;
}

function cutParts({ places, durationMs }: FlvOutline, fileBytes: number, segmentMs: number): Part[] {
  const cuts: KeyframePlace[] = [];
  for (const place of places) {
    const last = cuts.at(-1);
    if (!last || place.timeMs - last.timeMs >= segmentMs) cuts.push(place);
  }
  return cuts.map(({ timeMs, position }, index) => {
    const next = cuts[index + 1];
    return {
      from: position,
      to: next?.position ?? fileBytes,
      durationMs: Math.max(1, (next?.timeMs ?? durationMs) - timeMs),
    };
  });
}
