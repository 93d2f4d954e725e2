// HLS of a recording: a playlist of its keyframes, and segments that are made when they are asked for.
import {
  buildMediaPlaylist,
  isCarriedByTs,
  SegmentMuxer,
  type KeyframePlace,
  type ReadAt,
} from 'livego/media';
import type { Outline } from '../outlines/outline.ts';

/** A part of a recording between two keyframes. */
interface Part {
  readonly from: KeyframePlace;
  readonly to: number;
  readonly durationMs: number;
}

/** More of a file than this does not become one segment. */
const MAX_PART_BYTES = 64 * 1024 * 1024;

export class HlsRecording {
  readonly #outline: Outline;
  readonly #parts: readonly Part[];

  constructor(outline: Outline, fileBytes: number, segmentSeconds: number) {
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
    if (!part || part.to - part.from.position > MAX_PART_BYTES) return undefined;
    const { headers } = this.#outline;
    const muxer = new SegmentMuxer();
    for (const header of headers) muxer.push(header);
    let carried = headers.some(({ codec }) => isCarriedByTs(codec));
    const run = this.#outline.read(readAt, part.from, part.to);
    // Piece by piece: other work of the process takes its turns in between.
    for (let packets = await run.next(); packets.length > 0; packets = await run.next()) {
      for (const packet of packets) {
        if (packet.kind === 'data') continue;
        carried ||= isCarriedByTs(packet.codec);
        muxer.push(packet);
      }
    }
    return carried ? (muxer.cut('discontinuity') ?? undefined) : undefined;
  }
}

function cutParts({ places, durationMs }: Outline, fileBytes: number, segmentMs: number): Part[] {
  const cuts: KeyframePlace[] = [];
  for (const place of places) {
    const last = cuts.at(-1);
    if (!last || place.timeMs - last.timeMs >= segmentMs) cuts.push(place);
  }
  return cuts.map((place, index) => {
    const next = cuts[index + 1];
    return {
      from: place,
      to: next?.position ?? fileBytes,
      durationMs: Math.max(1, (next?.timeMs ?? durationMs) - place.timeMs),
    };
  });
}
