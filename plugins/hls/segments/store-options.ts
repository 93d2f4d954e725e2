// What a store of segments is given.
import type { FileFacts } from 'livego';
import type { SegmentWindowOptions, WindowResumption } from 'livego/media';
import type { HlsCounters } from '../counters.ts';
import type { HlsOptions } from '../schema.ts';
import type { HandedWindow } from './handed-window.ts';
import type { FileSystemAccess } from './segment-files.ts';
import type { FinishedSegment } from './segment-maker.ts';

export interface PublishedSegment extends FinishedSegment {
  /** The publisher's session. */
  readonly session: string | undefined;
}

export interface SegmentStoreOptions {
  readonly counters: HlsCounters;
  readonly files: FileSystemAccess;
  /** The point at which an earlier store of the same name stopped. */
  readonly resume: WindowResumption | undefined;
  /** The same, of another worker, which is asked and gives its segments away. */
  readonly resumeElsewhere: Promise<HandedWindow | undefined> | undefined;
  /** See `SegmentStore.earlierDiscontinuities`; of a window that continues none. */
  readonly earlierDiscontinuities: number;
  /** Number of the first segment if nothing is resumed. */
  readonly firstSequence: number;
  /** Monotonic milliseconds. */
  now(): number;
  /** More or fewer bytes are in memory. Returns how many are too many. */
  hold(change: number): number;
  /** The numbers of an earlier run are known, or were not found in time: `window` is defined from now on. */
  onOpen(): void;
  /** A segment is a complete file. */
  onFile(file: Omit<FileFacts, 'app' | 'name'>): void;
}

export function windowOptions(
  options: HlsOptions,
): Pick<SegmentWindowOptions, 'size' | 'retain' | 'segmentSeconds'> {
  const { playlistSegments, retainedSegments, segmentSeconds } = options;
  return { size: playlistSegments, retain: retainedSegments, segmentSeconds };
}

/** An earlier playlist is continued that is no older: its publisher may return. */
export function graceMsOf({ publisherGraceSeconds, segmentSeconds, limits }: HlsOptions): number {
  return (publisherGraceSeconds + Math.max(segmentSeconds, limits.maxSegmentSeconds)) * 1000;
}
