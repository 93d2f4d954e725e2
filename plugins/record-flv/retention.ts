// Which recordings are removed.
import type { RecordOptions } from './schema.ts';

export interface StoredFile {
  readonly path: string;
  readonly app: string;
  readonly bytes: number;
  /** Milliseconds of the wall clock. */
  readonly endedAt: number;
}

const DAY_MS = 86_400_000;

/**
 * Paths of the files that are too old, and of the oldest of an application whose files are too large together. The oldest
 * come first.
 */
export function expired(
  files: readonly StoredFile[],
  { keepDays, keepBytes }: Pick<RecordOptions, 'keepDays' | 'keepBytes'>,
  now: number,
): string[] {
  const newestFirst = files.toSorted((one, other) => other.endedAt - one.endedAt);
  const bytesOf = new Map<string, number>();
  const found = newestFirst.flatMap(({ path, app, bytes, endedAt }) => {
    const total = (bytesOf.get(app) ?? 0) + bytes;
    bytesOf.set(app, total);
    const tooOld = keepDays > 0 && now - endedAt > keepDays * DAY_MS;
    return tooOld || (keepBytes > 0 && total > keepBytes) ? [path] : [];
  });
  return found.toReversed();
}
