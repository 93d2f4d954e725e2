// A temporary folder with a file that is followed. Removed when the test ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { watchFiles } from '../../../config/watch/watch.ts';
import type { FileWatch, WatchSettings } from '../../../config/watch/watch.ts';

/** The reports of a watch, in order. */
export interface Reports {
  readonly all: readonly string[];
  /** Waits for the next one. */
  next(): Promise<string>;
}

export class WatchedFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'livego-watch-'));
  /** Holds "one". */
  readonly file = join(this.path, 'livego.json5');
  /** The watch that was made last. */
  watching: FileWatch | undefined;

  constructor() {
    writeFileSync(this.file, 'one');
    onTestFinished(async () => {
      await this.watching?.close();
      rmSync(this.path, { recursive: true, force: true });
    });
  }

  follow(
    files: readonly string[],
    settings: WatchSettings = { poll: false, settleMs: 20, pollMs: 20 },
  ): Reports {
    const all: string[] = [];
    const unread: string[] = [];
    let wake: (() => void) | undefined;
    this.watching = watchFiles(files, settings, (event, path) => {
      all.push(`${event} ${path}`);
      unread.push(`${event} ${path}`);
      wake?.();
    });
    const next = async (): Promise<string> => {
      while (unread.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return unread.shift() ?? '';
    };
    return { all, next };
  }
}
