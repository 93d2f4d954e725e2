// What an earlier run of the server, or a worker that was killed, has left of a stream in the directory: its numbers, and
// the segments that its players have not fetched yet.
import type { FileSource } from 'livego/http';
import type { WindowResumption } from 'livego/media';
import type { Disk } from 'livego/files';
import { fillWindow, type HandedWindow, type KnownWindow } from './handed-window.ts';

/** A larger playlist is not ours. */
const MAX_PLAYLIST_BYTES = 16 * 1024 * 1024;

/** What there is between two segments of a playlist. */
interface Entry {
  durationMs: number;
  discontinuity: boolean;
  programDateTime: Date | undefined;
}

/** A playlist's text; undefined when there is none, or it cannot be one of ours. */
export async function readPlaylist(disk: Disk, file: string): Promise<string | undefined> {
  try {
    const stats = await disk.stat(file);
    if (!stats.isFile() || stats.size > MAX_PLAYLIST_BYTES) return undefined;
    return await disk.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The numbers of a playlist, as far as it is one of ours. */
export function parseResumption(text: string): WindowResumption | undefined {
  const numberOf = (tag: string): number | undefined => {
    const match = new RegExp(`^#${tag}:(\\d{1,15})$`, 'm').exec(text);
    return match ? Number(match[1]) : undefined;
  };
  const first = numberOf('EXT-X-MEDIA-SEQUENCE');
  if (!text.startsWith('#EXTM3U') || first === undefined) return undefined;
  const count = (tag: RegExp): number => text.match(tag)?.length ?? 0;
  return {
    nextSequence: first + count(/^#EXTINF:/gm),
    discontinuities: (numberOf('EXT-X-DISCONTINUITY-SEQUENCE') ?? 0) + count(/^#EXT-X-DISCONTINUITY$/gm),
    targetDuration: Math.min(numberOf('EXT-X-TARGETDURATION') ?? 1, 3600),
  };
}

/**
 * The segments of an open playlist that are complete files: players wait for those that follow. Undefined if there are none,
 * or they are encrypted: their keys were in memory.
 */
export async function readSegments(
  disk: Disk,
  text: string,
  fileOf: (sequence: number) => string,
): Promise<HandedWindow | undefined> {
  const numbers = parseResumption(text);
  if (!numbers || /^#EXT-X-(ENDLIST|KEY|GAP)/m.test(text)) return undefined;
  const entries = parseEntries(text);
  const first = numbers.nextSequence - entries.length;
  const sources = new Map<number, Extract<FileSource, { file: string }>>();
  for (let sequence = first; sequence < numbers.nextSequence; sequence++) {
    const file = fileOf(sequence);
    const stats = await disk.stat(file).catch(() => undefined);
    if (stats?.isFile() && stats.size > 0) sources.set(sequence, { file, length: stats.size });
  }
  const independent = text.includes('#EXT-X-INDEPENDENT-SEGMENTS');
  const listed = entries.map(({ programDateTime, ...entry }, index): KnownWindow['listed'][number] => {
    const sequence = first + index;
    const facts = { ...entry, independent, sequence, uri: `${sequence}.ts`, data: { key: undefined } };
    const byteLength = sources.get(sequence)?.length ?? 0;
    return { ...facts, byteLength, ...(programDateTime && { programDateTime }) };
  });
  return sources.size === 0 ? undefined : fillWindow({ ...numbers, retained: [], listed, keys: [] }, sources);
}

function parseEntries(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let discontinuity = false;
  let programDateTime: Date | undefined;
  for (const line of text.split('\n')) {
    if (line === '#EXT-X-DISCONTINUITY') discontinuity = true;
    const [, date] = /^#EXT-X-PROGRAM-DATE-TIME:(.+)$/.exec(line) ?? [];
    if (date !== undefined && !Number.isNaN(Date.parse(date))) programDateTime = new Date(date);
    const [, seconds] = /^#EXTINF:(\d{1,6}\.?\d*),/.exec(line) ?? [];
    if (seconds === undefined) continue;
    entries.push({ durationMs: Math.round(Number(seconds) * 1000), discontinuity, programDateTime });
    discontinuity = false;
    programDateTime = undefined;
  }
  return entries;
}
