// What the command `list` shows of the streams that are recorded.
import type { RecordState } from './state.ts';

export interface ListedRecording {
  readonly app: string;
  readonly name: string;
  /** Whether a command has started it. */
  readonly commanded: boolean;
  /** Null while no file is being written: before the first keyframe, or when the disk has failed. */
  readonly file: { readonly path: string; readonly bytes: number; readonly seconds: number } | null;
  readonly waitingBytes: number;
  readonly failure: string | null;
}

export function listRecordings({ recordings }: RecordState, app: string | undefined): ListedRecording[] {
  const listed: ListedRecording[] = [];
  for (const { stream, commanded, file, waitingBytes, failure } of recordings) {
    if (app !== undefined && stream.app !== app) continue;
    listed.push({
      app: stream.app,
      name: stream.name,
      commanded,
      file: file ? { path: file.path, bytes: file.bytes, seconds: file.durationMs / 1000 } : null,
      waitingBytes,
      failure: failure ?? null,
    });
  }
  return listed;
}
