// Where playback of an FLV file can begin: its sequence headers, and the keyframe before a time.
import {
  scanTags,
  readRecordingMetadata,
  scanRecording,
  type KeyframePlace,
  type ReadAt,
} from 'livego/media';

/** Sequence headers stand at the beginning. Further in than so many tags none is looked for. */
const MAX_HEADER_TAGS = 64;

export interface FlvOutline {
  /** FLV header with the first PreviousTagSize, then the tags of the sequence headers. */
  readonly head: Buffer;
  /** Keyframes in the order of time, without that of the sequence header. */
  readonly places: readonly KeyframePlace[];
  readonly durationMs: number;
}

/** Reads the file's index, or, if it has none, the whole file tag by tag. */
export async function readOutline(readAt: ReadAt): Promise<FlvOutline> {
  const metadata = await readRecordingMetadata(readAt);
  const duration = metadata?.['duration'];
  const places = placesOf(metadata?.['keyframes']);
  const head = await readHead(readAt);
  if (places.length > 0 && typeof duration === 'number') return { head, places, durationMs: duration * 1000 };
  const { summary } = await scanRecording(readAt);
  return { head, places: summary.index.places, durationMs: summary.durationMs };
}

/** The last place that is not later than the time; the first one if all are. */
export function placeBefore(places: readonly KeyframePlace[], timeMs: number): KeyframePlace | undefined {
  return places.findLast((place) => place.timeMs <= timeMs) ?? places[0];
}

async function readHead(readAt: ReadAt): Promise<Buffer> {
  const tags: { readonly position: number; readonly byteLength: number }[] = [];
  let seen = 0;
  await scanTags(readAt, ({ info, position, byteLength }) => {
    if (info.header && info.kind !== 'data') tags.push({ position, byteLength });
    return ++seen < MAX_HEADER_TAGS ? undefined : false;
  });
  const parts = [await readAt(0, 13)];
  for (const { position, byteLength } of tags) parts.push(await readAt(position, byteLength));
  return Buffer.concat(parts);
}

/** `{times, filepositions}`, as FLV files have it. Anything else is no index. */
function placesOf(keyframes: unknown): KeyframePlace[] {
  const { times, filepositions } = (keyframes ?? {}) as { times?: unknown; filepositions?: unknown };
  if (!Array.isArray(times) || !Array.isArray(filepositions)) return [];
  const places = times.map((time: unknown, index) => ({
    timeMs: Number(time) * 1000,
    position: Number(filepositions[index]),
  }));
  if (!places.every(({ timeMs, position }) => Number.isFinite(timeMs) && Number.isSafeInteger(position)))
    return [];
  // The first entry is the sequence header's.
  const [first, second] = places;
  return first && second && first.timeMs === second.timeMs ? places.slice(1) : places;
}
