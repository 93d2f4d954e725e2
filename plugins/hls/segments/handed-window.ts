// The segments of a stream whose publisher has moved to another worker, as that worker gets them: its players find in the
// playlist what they have not fetched yet.
import type { FileSource } from 'livego/http';
import type { KeptSegments, SegmentWindow, WindowResumption, WindowSegment } from 'livego/media';
import type { SegmentKey, SegmentKeys } from './segment-keys.ts';
import { StoredSegment } from './stored-segment.ts';

interface KnownData {
  readonly key: SegmentKey | undefined;
}

interface HandedData extends KnownData {
  /** Undefined for a segment that nobody has any more. */
  readonly source: FileSource | undefined;
}

interface Window<Data> extends WindowResumption, KeptSegments<Data> {
  readonly keys: readonly (readonly [id: number, bytes: Buffer])[];
  /** See `SegmentStore.earlierDiscontinuities`. Undefined in the window of an earlier run, which continues with its own. */
  readonly earlierDiscontinuities?: number;
}

/** The segments without their bytes. */
export type KnownWindow = Window<KnownData>;

export type HandedWindow = Window<HandedData>;

/** @param playlist - `continues`: the next segments follow those in the playlist */
export function handOver(
  window: SegmentWindow<StoredSegment>,
  keys: SegmentKeys,
  playlist: 'continues' | 'is-over',
): HandedWindow {
  return outline(window, keys, playlist, ({ source, key }) => ({ source, key }));
}

/** As `handOver`, for a worker that is to go on if this one ends. */
export function describeWindow(
  window: SegmentWindow<StoredSegment>,
  keys: SegmentKeys,
  playlist: 'continues' | 'is-over',
): KnownWindow {
  return outline(window, keys, playlist, ({ key }) => ({ key }));
}

/** The window with what was found of its segments. Those before the first that was found are left out, later ones are gaps. */
export function fillWindow(
  { retained, listed, ...numbers }: KnownWindow,
  sources: ReadonlyMap<number, FileSource>,
): HandedWindow {
  const first = [...retained, ...listed].find(({ sequence }) => sources.has(sequence))?.sequence ?? Infinity;
  const filled = (segments: KnownWindow['listed']): HandedWindow['listed'] =>
    segments
      .filter(({ sequence }) => sequence >= first)
      .map((segment) => ({ ...segment, data: { ...segment.data, source: sources.get(segment.sequence) } }));
  return { ...numbers, retained: filled(retained), listed: filled(listed) };
}

/** The next segments do not follow those in the playlist. */
export function closeWindow({ retained, listed, ...numbers }: KnownWindow): KnownWindow {
  return { ...numbers, retained: [...retained, ...listed], listed: [] };
}

/** The segments with their bytes in memory of this worker, or in the files that both have. */
export function takeOver({ retained, listed }: KeptSegments<HandedData>): KeptSegments<StoredSegment> {
  const stored = ({ data, ...segment }: WindowSegment<HandedData>): WindowSegment<StoredSegment> => {
    const { source, key } = data;
    const kept = new StoredSegment(ownSource(source), key && { ...key, iv: bufferOf(key.iv) });
    return { ...segment, ...(source === undefined && { gap: true }), data: kept };
  };
  return { retained: retained.map(stored), listed: listed.map(stored) };
}

/** Of equal numbers those with segments. */
export function newestOf(
  all: readonly (WindowResumption | HandedWindow | undefined)[],
): WindowResumption | HandedWindow | undefined {
  const known = all.flatMap((each) => each ?? []);
  const listed = (each: WindowResumption | HandedWindow): number =>
    'listed' in each ? each.listed.length : 0;
  return known.toSorted(
    (one, other) => other.nextSequence - one.nextSequence || listed(other) - listed(one),
  )[0];
}

/** Whether there is more than numbers. */
export function hasSegments(window: WindowResumption | HandedWindow | undefined): boolean {
  return window !== undefined && 'listed' in window && window.retained.length + window.listed.length > 0;
}

function outline<Data>(
  window: SegmentWindow<StoredSegment>,
  keys: SegmentKeys,
  playlist: 'continues' | 'is-over',
  dataOf: (segment: StoredSegment) => Data,
): Window<Data> {
  const all = window.available.map(({ data, ...segment }) => ({ ...segment, data: dataOf(data) }));
  const listed = playlist === 'continues' ? window.segments.length : 0;
  const first = all.length - listed;
  return { ...window.resumption, retained: all.slice(0, first), listed: all.slice(first), keys: keys.all };
}

function ownSource(source: FileSource | undefined): FileSource {
  if (source === undefined) return { bytes: Buffer.alloc(0) };
  return 'bytes' in source ? { bytes: bufferOf(source.bytes) } : source;
}

/** What came over the link is a view of plain memory. */
export function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
