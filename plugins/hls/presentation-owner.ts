// What a presentation gets from the application's instance that it belongs to, and from the server.
import type { FileFacts, Logger, Sink, StartPosition, StreamView } from 'livego';
import type { HandedWindow } from './segments/handed-window.ts';
import type { HlsCounters } from './counters.ts';
import type { HlsOptions } from './schema.ts';
import type { FileSystemAccess } from './segments/segment-files.ts';

/** The application's instance that a presentation belongs to at present. */
export interface PresentationOwner {
  readonly options: HlsOptions;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  now(): number;
  hold(key: string, change: number): number;
  attach(stream: StreamView, sink: Sink, from: StartPosition): () => void;
  fileEnd(file: FileFacts): void;
}

/** The means that all presentations of a server share. */
export interface PresentationHost {
  readonly counters: HlsCounters;
  readonly files: FileSystemAccess;
  /** See `runDiscontinuities`. */
  readonly earlierDiscontinuities: number;
  /** What a playlist of any stream says may have changed. */
  changed(key: string): void;
  /** The point at which another worker has stopped; undefined if there is none to ask. */
  resumeElsewhere(key: string): Promise<HandedWindow | undefined> | undefined;
}
