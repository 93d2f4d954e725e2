// What the command `list` shows of the streams that are recorded.
import type { RecordingFigures, RecordState } from './state.ts';

export interface ListedRecording {
  readonly app: string;
  /** `***` where the stream's name may be a secret. */
  readonly name: string;
  /** Whether a command has started it. */
  readonly commanded: boolean;
  /** Null while no file is being written: before the first keyframe, or when the disk has failed. */
  readonly file: ListedFile | null;
  readonly waitingBytes: number;
  readonly failure: string | null;
  /** In no file, because the disk has failed. */
  readonly lostSeconds: number;
}

interface ListedFile {
  /** Null where it would tell the stream's name. */
  readonly path: string | null;
  readonly startedAt: string;
  readonly bytes: number;
  readonly seconds: number;
}

export function listRecordings({ recordings }: RecordState): readonly ListedRecording[] {
  return [...recordings].map((recording) => {
    const { stream, commanded, waitingBytes } = recording;
    const { app, displayKey } = stream;
    const name = displayKey.slice(app.length + 1);
    return {
      app,
      name,
      commanded,
      file: listFile(recording),
      waitingBytes,
      failure: recording.failure ?? null,
      lostSeconds: recording.lostMs / 1000,
    };
  });
}

function listFile({ stream, file }: RecordingFigures): ListedFile | null {
  if (!file) return null;
  const { path, startedAt, bytes, durationMs } = file;
  return {
    path: stream.displayKey === stream.key ? path : null,
    startedAt: startedAt.toISOString(),
    bytes,
    seconds: durationMs / 1000,
  };
}
