// What a file tells about itself: by its metadata if it is FLV, by its name if it is MPEG-TS.
import { openInside, readerOf, type FoundFile, type OpenedFile } from 'livego/files';
import { readRecordingMetadata, scanRecording } from 'livego/media';
import type { Recording } from './recording.ts';

/** NAME_START_END.ts, as the engine names its files; FLV files have one time, or none. */
const REPLAY_NAME = /^(.+)_(\d{8}T\d{6})_(\d{8}T\d{6})(?:_\d+)?\.ts$/;
const RECORDING_NAME = /^(.+?)(?:_(?:\d{8}T\d{6}|\d{9,11}))?(?:_\d+)?\.flv$/;

/** Undefined for a file that is no finished recording, or none that may be served. */
export async function readRecording({ path, name }: FoundFile, root: string): Promise<Recording | undefined> {
  const slash = name.indexOf('/');
  const [app, file] = [name.slice(0, slash), name.slice(slash + 1)];
  const replay = REPLAY_NAME.exec(file);
  const recorded = RECORDING_NAME.exec(file);
  if (slash < 0 || (!replay && !recorded)) return undefined;
  const opened = await openInside(root, path);
  if (!opened) return undefined;
  try {
    const { device, inode, bytes, modifiedMs } = opened;
    const place = { app, file, path, root, device, inode, bytes, modifiedMs };
    if (replay) return readReplay(place, replay);
    return await readFlv(place, recorded?.[1] ?? file, opened);
  } finally {
    await opened.handle.close();
  }
}

type Place = Omit<Recording, 'kind' | 'name' | 'durationMs' | 'startedAt' | 'endedAt'>;

function readReplay(place: Place, [, name = '', start = '', end = '']: RegExpExecArray): Recording {
  const [startedAt, endedAt] = [parseTime(start), parseTime(end)];
  const durationMs = Math.max(0, endedAt.getTime() - startedAt.getTime());
  return { ...place, kind: 'replay', name, startedAt, endedAt, durationMs };
}

async function readFlv(place: Place, name: string, { handle }: OpenedFile): Promise<Recording> {
  const readAt = readerOf(handle);
  const metadata = await readRecordingMetadata(readAt);
  const noted = (metadata?.['livego'] ?? {}) as Readonly<Record<string, unknown>>;
  const given = metadata?.['duration'];
  const durationMs =
    typeof given === 'number' && given > 0 ? given * 1000 : (await scanRecording(readAt)).summary.durationMs;
  const started = noted['startedAt'];
  const startedMs = typeof started === 'number' ? started : place.modifiedMs - durationMs;
  return {
    ...place,
    ...placeInApp(place, noted['app']),
    kind: 'recording',
    name: typeof noted['name'] === 'string' ? noted['name'] : name,
    durationMs,
    startedAt: new Date(startedMs),
    endedAt: new Date(Math.max(startedMs + durationMs, startedMs)),
  };
}

/** An application may have slashes in its name. */
function placeInApp({ app, file }: Place, noted: unknown): Pick<Recording, 'app' | 'file'> {
  const path = `${app}/${file}`;
  if (typeof noted !== 'string' || !path.startsWith(`${noted}/`)) return { app, file };
  return { app: noted, file: path.slice(noted.length + 1) };
}

/** Local time, as it was written. */
function parseTime(text: string): Date {
  const [year, month, day, hour, minute, second] = [
    text.slice(0, 4),
    text.slice(4, 6),
    text.slice(6, 8),
    text.slice(9, 11),
    text.slice(11, 13),
    text.slice(13, 15),
  ].map(Number);
  return new Date(year!, month! - 1, day, hour, minute, second);
}
