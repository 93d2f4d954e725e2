// A draft that was cut off, by a power failure, a killed process or a full disk: it is cut after its last whole tag, gets
// duration and index, and its name.
import { constants } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { DRAFT_EXTENSION, publishDraft, readerOf } from 'livego/files';
import {
  KeyframeIndex,
  RecordingHead,
  scanRecording,
  type RecordingSummary,
  type ScannedRecording,
} from 'livego/media';

export interface CompletedDraft {
  readonly path: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** What the recorder has noted in the file, as it stands there. */
  readonly noted: unknown;
  readonly modifiedAt: Date;
}

/** Header and PreviousTagSize of a tag: the rest is its body. */
const TAG_OVERHEAD_BYTES = 15;

/** A draft without media is removed, and the result is undefined. Throws LVG_FLV for a file that is no FLV. */
export async function completeDraft(draft: string): Promise<CompletedDraft | undefined> {
  const handle = await fileSystem.open(draft, constants.O_RDWR | constants.O_NOFOLLOW);
  let scanned: ScannedRecording | undefined;
  let modifiedAt: Date;
  try {
    const { size, mtime } = await handle.stat();
    modifiedAt = mtime;
    scanned = size === 0 ? undefined : await scanRecording(readerOf(handle));
    if (scanned && scanned.mediaTags > 0) {
      await handle.truncate(scanned.summary.bytes);
      await writeHead(handle, scanned);
      await handle.datasync();
    }
  } finally {
    await handle.close();
  }
  if (!scanned || scanned.mediaTags === 0) {
    await fileSystem.rm(draft);
    return undefined;
  }
  const path = await publishDraft(draft, draft.slice(0, -DRAFT_EXTENSION.length));
  const { bytes, durationMs } = scanned.summary;
  return { path, bytes, durationMs, noted: scanned.metadata?.['livego'], modifiedAt };
}

async function writeHead(handle: fileSystem.FileHandle, scanned: ScannedRecording): Promise<void> {
  const { metadata = {}, metadataTag, summary } = scanned;
  if (!metadataTag) return;
  const bodyBytes = metadataTag.byteLength - TAG_OVERHEAD_BYTES;
  const head = new RecordingHead(metadata, summary.tracks, bodyBytes);
  // A file that somebody else has written may have no room.
  if (head.maxPlaces < 1) return;
  const bytes = head.build(thinned(summary, head.maxPlaces));
  await handle.write(bytes, 0, bytes.length, 0);
}

function thinned(summary: RecordingSummary, maxPlaces: number): RecordingSummary {
  const index = new KeyframeIndex(maxPlaces);
  for (const place of summary.index.places) index.add(place);
  return { ...summary, index };
}
