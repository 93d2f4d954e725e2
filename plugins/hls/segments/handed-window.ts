// The segments of a stream whose publisher has moved to another worker, as that worker gets them: its players find in the
// playlist what they have not fetched yet.
import type { FileSource } from 'livego/http';
import type { KeptSegments, SegmentWindow, WindowResumption, WindowSegment } from 'livego/media';
import type { SegmentKey, SegmentKeys } from './segment-keys.ts';
import { StoredSegment } from './stored-segment.ts';

type HandedSegment = WindowSegment<{ readonly source: FileSource; readonly key: SegmentKey | undefined }>;

export interface HandedWindow extends WindowResumption, KeptSegments<HandedSegment['data']> {
  readonly keys: readonly (readonly [id: number, bytes: Buffer])[];
}

/** @param playlist - `continues`: the next segments follow those in the playlist */
export function handOver(
  window: SegmentWindow<StoredSegment>,
  keys: SegmentKeys,
  playlist: 'continues' | 'is-over',
): HandedWindow {
  const handed = window.available.map(({ data: { source, key }, ...segment }): HandedSegment => ({
    ...segment,
    data: { source, key },
  }));
  const listed = playlist === 'continues' ? window.segments.length : 0;
  const first = handed.length - listed;
  return {
    ...window.resumption,
    retained: handed.slice(0, first),
    listed: handed.slice(first),
    keys: keys.all,
  };
}

/** The segments with their bytes in memory of this worker, or in the files that both have. */
export function takeOver({
  retained,
  listed,
}: KeptSegments<HandedSegment['data']>): KeptSegments<StoredSegment> {
  const stored = ({ data, ...segment }: HandedSegment): WindowSegment<StoredSegment> => ({
    ...segment,
    data: new StoredSegment(ownSource(data.source), data.key && { ...data.key, iv: bufferOf(data.key.iv) }),
  });
  return { retained: retained.map(stored), listed: listed.map(stored) };
}

function ownSource(source: FileSource): FileSource {
  return 'bytes' in source ? { bytes: bufferOf(source.bytes) } : source;
}

/** What came over the link is a view of plain memory. */
export function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
