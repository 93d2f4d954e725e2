// Finds the place in a plugin's sources where an error of its bundle was thrown.
import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The place of the topmost frame of the error that lies in the plugin. Where Node maps stacks itself, the frame is in a
 * source; otherwise it is in the bundle.
 */
export function findSourcePlace(
  error: unknown,
  bundleUrl: string,
  map: SourceMapPayload,
): SourcePlace | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, name, line, column] of stack.matchAll(/((?:file:\/\/)?\/[^():]*):(\d+):(\d+)/g)) {
    const frame = { file: toPath(name ?? ''), line: Number(line), column: Number(column) };
    if (map.sources.some((source) => toPath(source) === frame.file)) return frame;
    if (frame.file !== toPath(bundleUrl)) continue;
    const entry = new SourceMap(map).findEntry(frame.line - 1, frame.column - 1);
    if ('originalSource' in entry)
      return {
        file: toPath(entry.originalSource),
        line: entry.originalLine + 1,
        column: entry.originalColumn + 1,
      };
  }
  return undefined;
}

function toPath(name: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : name;
}
