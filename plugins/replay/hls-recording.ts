// HLS of a recording: a playlist of its keyframes, and segments that are made when they are asked for.
import {
  buildMediaPlaylist,
  describeTag,
  FlvReader,
  isCarriedByTs,
  MediaPacket,
  SegmentMuxer,
  type KeyframePlace,
  type ReadAt,
} from 'livego/media';
import type { FlvOutline } from './flv-entry.ts';

/** A part of a recording between two keyframes. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
}

/** More of a file than this does not become one segment. */
const MAX_PART_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;

export class HlsRecording {
  readonly #outline: FlvOutline;
  readonly #parts: readonly Part[];

  constructor(outline: FlvOutline, fileBytes: number, segmentSeconds: number) {
    this.#outline = outline;
    this.#parts = cutParts(outline, fileBytes, segmentSeconds * 1000);
  }

  /** @param base - of the segments' URLs: `movie_20261125T220312` */
  buildPlaylist(base: string, query: string): string {
    const longest = Math.max(1000, ...this.#parts.map(({ durationMs }) => durationMs));
    const suffix = query === '' ? '' : `?${query}`;
    return buildMediaPlaylist({
      targetDuration: Math.ceil(longest / 1000),
      mediaSequence: 0,
      discontinuitySequence: 0,
      segments: this.#parts.map(({ durationMs }, index) => ({
        uri: `${encodeURIComponent(base)}/${index}.ts${suffix}`,
        durationMs,
        discontinuity: false,
        independent: true,
      })),
      ended: true,
    });
  }

  /** The segment of that number. Undefined if there is none, or MPEG-TS cannot carry its codecs. */
  async buildSegment(readAt: ReadAt, number: number): Promise<Buffer | undefined> {
    const part = this.#parts[number];
    if (!part || part.to - part.from > MAX_PART_BYTES) return undefined;
    const reader = new FlvReader();
    const muxer = new SegmentMuxer();
    const { fileHeader, headerTags } = this.#outline;
    let carried = push(reader, muxer, Buffer.concat([fileHeader, headerTags]));
    // Piece by piece: other work of the process takes its turns in between.
    for (let at = part.from; at < part.to;) {
      const bytes = await readAt(at, Math.min(PIECE_BYTES, part.to - at));
      if (bytes.length === 0) break;
      at += bytes.length;
      carried = push(reader, muxer, bytes) || carried;
    }
    return carried ? (muxer.cut('discontinuity') ?? undefined) : undefined;
  }
}

/** Whether any of it can be carried. */
function push(reader: FlvReader, muxer: SegmentMuxer, bytes: Buffer): boolean {
  let carried = false;
  for (const { type, timestamp, body } of reader.push(bytes)) {
    const packet = new MediaPacket(describeTag(type, body), timestamp, body);
    if (packet.kind === 'data') continue;
    carried ||= packet.codec !== undefined && isCarriedByTs(packet.codec);
    muxer.push(packet);
  }
  return carried;
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
