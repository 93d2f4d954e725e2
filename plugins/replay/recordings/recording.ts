// A finished recording, and what is known of it.
import type { ReadableFile } from './recording-files.ts';

export type RecordingKind = 'recording' | 'replay';

export interface Recording extends ReadableFile {
  readonly kind: RecordingKind;
  readonly app: string;
  /** The stream's name. */
  readonly name: string;
  /** Its name below the application: the last part of its URL. */
  readonly file: string;
  readonly durationMs: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
}

/** As the list has it. */
export function describeRecording(recording: Recording, md5: string | undefined): Record<string, unknown> {
  const { kind, app, name, file, bytes, durationMs, startedAt, endedAt } = recording;
  const url = `/vod/${[...app.split('/'), ...file.split('/')].map(encodeURIComponent).join('/')}`;
  const times = { start: startedAt.toISOString(), end: endedAt.toISOString(), seconds: durationMs / 1000 };
  return { kind, app, name, file, url, bytes, ...times, md5: md5 ?? null };
}

/** By which a recording is known. */
export function keyOf({ app, file }: Recording): string {
  return `${app}/${file}`;
}
