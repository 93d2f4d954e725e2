// Where playback of an FLV file can begin: its sequence headers, and the keyframe before a time.
import {
  buildMetadata,
  scanTags,
  readRecordingMetadata,
  scanRecording,
  type AmfObject,
  type KeyframePlace,
  type ReadAt,
  type TagPlace,
} from 'livego/media';

/** Sequence headers stand at the beginning. Further in than so many tags none is looked for. */
const MAX_HEADER_TAGS = 64;
/** FLV header and first PreviousTagSize. */
const FILE_HEADER_BYTES = 13;

export interface FlvOutline {
  /** FLV header with the first PreviousTagSize. */
  readonly fileHeader: Buffer;
  /** The tags of the sequence headers. */
  readonly headerTags: Buffer;
  /** onMetaData for a player that enters anywhere: without what is about positions in the file. */
  readonly metadata: Buffer;
  /** The first tag behind onMetaData. */
  readonly bodyFrom: number;
  /** Keyframes in the order of time, without that of the sequence header. */
  readonly places: readonly KeyframePlace[];
  readonly durationMs: number;
}

/** Reads the file's index, or, if it has none that fits, the whole file tag by tag. */
export async function readOutline(readAt: ReadAt): Promise<FlvOutline> {
  const properties = (await readRecordingMetadata(readAt)) ?? {};
  const { duration, keyframes } = properties;
  const head = await readHead(readAt);
  const given = placesOf(keyframes);
  if (typeof duration === 'number' && (await areKeyframes(readAt, given)))
    return { ...head, metadata: metadataOf(properties), places: given, durationMs: duration * 1000 };
  const { summary } = await scanRecording(readAt);
  const { durationMs } = summary;
  const metadata = metadataOf({ ...properties, duration: durationMs / 1000 });
  return { ...head, metadata, places: summary.index.places, durationMs };
}

/** The last place that is not later than the time; the first one if all are. */
export function placeBefore(places: readonly KeyframePlace[], timeMs: number): KeyframePlace | undefined {
  return places.findLast((place) => place.timeMs <= timeMs) ?? places[0];
}

type Head = Pick<FlvOutline, 'fileHeader' | 'headerTags' | 'bodyFrom'>;

async function readHead(readAt: ReadAt): Promise<Head> {
  const tags: TagPlace[] = [];
  let first: TagPlace | undefined;
  let seen = 0;
  await scanTags(readAt, (tag) => {
    first ??= tag;
    if (tag.info.header && tag.info.kind !== 'data') tags.push(tag);
    return ++seen < MAX_HEADER_TAGS ? undefined : false;
  });
  const parts = [];
  for (const { position, byteLength } of tags) parts.push(await readAt(position, byteLength));
  const behindMetadata = first?.type === 'script' && first.info.header ? first.byteLength : 0;
  return {
    fileHeader: await readAt(0, FILE_HEADER_BYTES),
    headerTags: Buffer.concat(parts),
    bodyFrom: (first?.position ?? FILE_HEADER_BYTES) + behindMetadata,
  };
}

/** Whether the index is of this file: it may have been copied from another. */
async function areKeyframes(readAt: ReadAt, places: readonly KeyframePlace[]): Promise<boolean> {
  if (places.length === 0) return false;
  for (const place of [places[0], places.at(-1)]) {
    let found: TagPlace | undefined;
    const look = (tag: TagPlace): false => {
      found = tag;
      return false;
    };
    await scanTags(readAt, look, place?.position);
    const isThere = Math.abs((found?.timestamp ?? 0) - (place?.timeMs ?? 0)) <= 1;
    if (!isThere || (found?.info.kind !== 'audio' && found?.info.keyframe !== true)) return false;
  }
  return true;
}

const ABOUT_THE_FILE = new Set(['keyframes', 'filesize', 'lastkeyframelocation', 'livego', 'hasKeyframes']);

function metadataOf(properties: AmfObject): Buffer {
  const kept = Object.entries(properties).filter(
    // The room that a recording has for its index is filled with spaces.
    ([key, value]) => !ABOUT_THE_FILE.has(key) && !(typeof value === 'string' && value.length > 1024),
  );
  return buildMetadata(Object.fromEntries(kept));
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
