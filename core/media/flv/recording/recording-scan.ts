// A recording read again: a draft that was cut off, or a file of which nothing is known.
import { LivegoError } from '../../../errors.ts';
import type { AmfObject } from '../../amf0/index.ts';
import { parseMetadata } from '../metadata.ts';
import { MAX_INDEX_PLACES, type RecordingSummary } from './recording-head.ts';
import { RecordingProgress } from './recording-progress.ts';
import { FLV_TAG_HEADER_BYTES, PREVIOUS_TAG_SIZE_BYTES } from '../tag.ts';
import { scanTags, type ReadAt, type TagPlace } from './tag-scan.ts';

export interface ScannedRecording {
  /** `bytes` is where the file is whole: behind it stands a torn tag, or nothing. */
  readonly summary: RecordingSummary;
  /** Audio and video tags that are no sequence headers. */
  readonly mediaTags: number;
  /** The properties of onMetaData, if the file begins with it and it can be read. */
  readonly metadata: AmfObject | undefined;
  /** The tag of onMetaData, if the file begins with it. */
  readonly metadataTag: TagPlace | undefined;
}

/** Larger metadata is not read. */
const MAX_METADATA_BYTES = 4 * 1024 * 1024;

/** Reads the whole file, tag by tag. Throws LVG_FLV when it does not begin like FLV. */
export async function scanRecording(readAt: ReadAt): Promise<ScannedRecording> {
  const progress = new RecordingProgress(MAX_INDEX_PLACES);
  let first: TagPlace | undefined;
  const { end } = await scanTags(readAt, (tag) => {
    first ??= tag;
    progress.note(tag.info, tag.timestamp, tag.position);
  });
  const metadataTag = first?.type === 'script' && first.info.header ? first : undefined;
  return {
    summary: progress.summarise(end),
    mediaTags: progress.mediaTags,
    metadata: metadataTag && (await readMetadata(readAt, metadataTag)),
    metadataTag,
  };
}

/** The metadata of a finished recording, without reading the rest. Undefined if it does not begin with any. */
export async function readRecordingMetadata(readAt: ReadAt): Promise<AmfObject | undefined> {
  let first: TagPlace | undefined;
  await scanTags(readAt, (tag) => {
    first = tag;
    return false;
  });
  return first?.type === 'script' && first.info.header ? readMetadata(readAt, first) : undefined;
}

async function readMetadata(
  readAt: ReadAt,
  { position, byteLength }: TagPlace,
): Promise<AmfObject | undefined> {
  const length = byteLength - FLV_TAG_HEADER_BYTES - PREVIOUS_TAG_SIZE_BYTES;
  if (length > MAX_METADATA_BYTES) return undefined;
  try {
    return parseMetadata(await readAt(position + FLV_TAG_HEADER_BYTES, length));
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
