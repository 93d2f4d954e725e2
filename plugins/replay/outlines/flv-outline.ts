// The outline of an FLV file: its sequence headers and its keyframes.
import { LivegoError } from 'livego';
import {
  buildMetadata,
  describeTag,
  FlvReader,
  MediaPacket,
  scanTags,
  readRecordingMetadata,
  scanRecording,
  type AmfObject,
  type KeyframePlace,
  type ReadAt,
  type TagPlace,
} from 'livego/media';
import { PIECE_BYTES, type Outline, type PacketRun } from './outline.ts';

/** Sequence headers stand at the beginning. Further in than so many tags none is looked for. */
const MAX_HEADER_TAGS = 64;
/** FLV header and first PreviousTagSize. */
const FILE_HEADER_BYTES = 13;

/** Reads the file's index, or, if it has none that fits, the whole file tag by tag. */
export async function readFlvOutline(readAt: ReadAt): Promise<Outline> {
  const properties = (await readRecordingMetadata(readAt)) ?? {};
  const { duration, keyframes } = properties;
  const head = await readHead(readAt);
  const given = placesOf(keyframes);
  if (typeof duration === 'number' && (await areKeyframes(readAt, given)))
    return outlineOf(head, { properties, places: given, durationMs: duration * 1000 });
  const { durationMs, index } = (await scanRecording(readAt)).summary;
  return outlineOf(head, { properties, places: index.places, durationMs });
}

interface Head {
  /** FLV header with the first PreviousTagSize. */
  readonly fileHeader: Buffer;
  /** The tags of the sequence headers. */
  readonly headerTags: Buffer;
  /** The first tag behind onMetaData. */
  readonly bodyFrom: number;
}

interface Index extends Pick<Outline, 'places' | 'durationMs'> {
  readonly properties: AmfObject;
}

function outlineOf({ fileHeader, headerTags, bodyFrom }: Head, index: Index): Outline {
  const { properties, places, durationMs } = index;
  const head = Buffer.concat([fileHeader, headerTags]);
  return {
    head,
    headers: packetsOf(new FlvReader(), head),
    metadata: metadataOf({ ...properties, duration: durationMs / 1000 }),
    beginning: { timeMs: 0, position: bodyFrom },
    places,
    durationMs,
    read: (readAt, { position }, end) => new FlvRun(readAt, fileHeader, position, end),
  };
}

class FlvRun implements PacketRun {
  readonly #readAt: ReadAt;
  readonly #end: number;
  readonly #parser = new FlvReader();
  #at: number;

  constructor(readAt: ReadAt, fileHeader: Buffer, from: number, end: number) {
    this.#readAt = readAt;
    this.#at = from;
    this.#end = end;
    this.#parser.push(fileHeader);
  }

  async next(): Promise<readonly MediaPacket[]> {
    while (this.#at < this.#end) {
      const bytes = await this.#readAt(this.#at, Math.min(PIECE_BYTES, this.#end - this.#at));
      if (bytes.length === 0) break;
      this.#at += bytes.length;
      const packets = packetsOf(this.#parser, bytes);
      if (packets.length > 0) return packets;
    }
    return [];
  }
}

function packetsOf(parser: FlvReader, bytes: Buffer): MediaPacket[] {
  return parser
    .push(bytes)
    .map(({ type, timestamp, body }) => new MediaPacket(describeTag(type, body), timestamp, body));
}

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

/** Players are told only the duration if the rest is longer, as objects that refer to each other may become. */
const MAX_METADATA_BYTES = 64 * 1024;

const ABOUT_THE_FILE = new Set(['keyframes', 'filesize', 'lastkeyframelocation', 'livego', 'hasKeyframes']);

function metadataOf(properties: AmfObject): Buffer {
  const kept = Object.entries(properties).filter(
    // The room that a recording has for its index is filled with spaces.
    ([key, value]) => !ABOUT_THE_FILE.has(key) && !(typeof value === 'string' && value.length > 1024),
  );
  try {
    return buildMetadata(Object.fromEntries(kept), { maxBytes: MAX_METADATA_BYTES });
  } catch (error) {
    if (!(error instanceof LivegoError)) throw error;
    return buildMetadata({ duration: properties['duration'] });
  }
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
