// The beginning of an FLV file that is written while its stream is live: FLV header and onMetaData.
//
// The room holds FLV files that are written while their stream is live: head, index, and how they are read again.
//
// Duration, size and keyframe index are known at the end, and players want them at the beginning. So the script tag has
// room for them from the start, and is written over when the file is complete: one write of a fixed size, however long the
// recording. The tag's length never changes, so a power failure in the middle of it leaves the chain of tags whole.
import { LivegoError } from '../../../errors.ts';
import { AmfEcmaArray, buildAmf0, createAmfObject, type AmfObject, type AmfValue } from '../../amf0/index.ts';
import { buildFlvHeader, type FlvHeader } from '../file.ts';
import { KeyframeIndex, type KeyframePlace } from './keyframe-index.ts';
import { ON_META_DATA } from '../metadata.ts';
import { buildFlvTag, FLV_TAG_HEADER_BYTES, PREVIOUS_TAG_SIZE_BYTES } from '../tag.ts';

/** Places in the keyframe index: two hours of a keyframe every two seconds, all of them. */
export const MAX_INDEX_PLACES = 3600;

/** A publisher's metadata may be anything. More than this is left out of a recording. */
const MAX_PROPERTIES_BYTES = 16 * 1024;
/** Two numbers with their markers. */
const PLACE_BYTES = 18;
/** Marker and length of a long string. */
const FILLER_BYTES = 5;
const NULL_MARKER = 0x05;

/** What the end of a recording tells about it. */
export interface RecordingSummary {
  readonly durationMs: number;
  readonly bytes: number;
  readonly lastTimestampMs: number;
  readonly tracks: FlvHeader;
  /** Where the first sequence header of video stands; players skip the first entry of an index as that of the header. */
  readonly videoHeader: KeyframePlace | undefined;
  readonly index: KeyframeIndex;
}

export class RecordingHead {
  /** The first media tag stands here. */
  readonly byteLength: number;
  /** Places that fit into the index, beside that of the sequence header. Below 0, not even the other facts fit. */
  readonly maxPlaces: number;
  readonly #properties: AmfObject;
  readonly #tracks: FlvHeader;
  readonly #bodyBytes: number;

  /**
   * @param properties - the publisher's, and whatever else is worth keeping
   * @param tracks - those that the stream is expected to have
   * @param bodyBytes - of the script tag of a file that exists; its head cannot become longer
   */
  constructor(properties: AmfObject, tracks: FlvHeader, bodyBytes?: number) {
    const room = (bodyBytes ?? Infinity) - bodyOf(createAmfObject()).length;
    this.#properties = bounded(properties, Math.max(0, Math.min(MAX_PROPERTIES_BYTES, room)));
    this.#tracks = tracks;
    const index = new KeyframeIndex(1);
    const empty = { durationMs: 0, bytes: 0, lastTimestampMs: 0, tracks, videoHeader: undefined, index };
    const known = bodyOf(this.#propertiesOf(empty));
    this.#bodyBytes = bodyBytes ?? known.length + PLACE_BYTES * (MAX_INDEX_PLACES + 1) + FILLER_BYTES;
    this.maxPlaces = Math.floor((this.#bodyBytes - known.length) / PLACE_BYTES) - 1;
    this.byteLength =
      buildFlvHeader(tracks).length + FLV_TAG_HEADER_BYTES + this.#bodyBytes + PREVIOUS_TAG_SIZE_BYTES;
  }

  /** Of a file that is still written, without a summary: players are told no duration. */
  build(summary?: RecordingSummary): Buffer {
    const properties = summary ? this.#propertiesOf(summary) : this.#properties;
    const body = fill(bodyOf(properties), this.#bodyBytes);
    const header = buildFlvHeader(summary?.tracks ?? this.#tracks);
    return Buffer.concat([header, buildFlvTag({ type: 'script', timestamp: 0, body })]);
  }

  #propertiesOf(summary: RecordingSummary): AmfObject {
    const { durationMs, bytes, lastTimestampMs, tracks, videoHeader, index } = summary;
    const places = videoHeader ? [videoHeader, ...index.places] : index.places;
    const last = index.places.at(-1);
    return Object.assign(createAmfObject(), this.#properties, {
      duration: durationMs / 1000,
      filesize: bytes,
      lasttimestamp: lastTimestampMs / 1000,
      lastkeyframetimestamp: (last?.timeMs ?? 0) / 1000,
      lastkeyframelocation: last?.position ?? 0,
      hasVideo: tracks.video,
      hasAudio: tracks.audio,
      hasMetadata: true,
      hasKeyframes: places.length > 0,
      canSeekToEnd: true,
      keyframes: {
        times: places.map(({ timeMs }) => timeMs / 1000),
        filepositions: places.map(({ position }) => position),
      },
    });
  }
}

/** Properties that only the end of a recording knows. A publisher that sends a file names those of the file. */
const SUMMARY_PROPERTIES = new Set([
  'duration',
  'filesize',
  'lasttimestamp',
  'lastkeyframetimestamp',
  'lastkeyframelocation',
  'hasMetadata',
  'hasKeyframes',
  'canSeekToEnd',
  'keyframes',
]);

/** Objects that are referred to many times are written as often, so the limit holds while they are written. */
function bounded(properties: AmfObject, maxBytes: number): AmfObject {
  const kept = createAmfObject();
  let left = maxBytes;
  for (const [key, value] of Object.entries(properties)) {
    if (SUMMARY_PROPERTIES.has(key)) continue;
    // Within an object a name has no marker.
    const bytes = lengthWithin(left + 1, [key, value]);
    if (bytes === undefined) break;
    left -= bytes - 1;
    kept[key] = value;
  }
  return kept;
}

/** Undefined if they take more. */
function lengthWithin(maxBytes: number, values: readonly AmfValue[]): number | undefined {
  try {
    return buildAmf0(values, { maxBytes }).length;
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}

function bodyOf(properties: AmfObject): Buffer {
  return buildAmf0([ON_META_DATA, new AmfEcmaArray(properties)]);
}

/** Behind the metadata comes a string of spaces, which no player asks for. */
function fill(body: Buffer, length: number): Buffer {
  const missing = length - body.length;
  if (missing < FILLER_BYTES) return Buffer.concat([body, Buffer.alloc(missing, NULL_MARKER)]);
  const filler = Buffer.alloc(missing, ' ');
  filler[0] = 0x0c;
  filler.writeUInt32BE(missing - FILLER_BYTES, 1);
  return Buffer.concat([body, filler]);
}
