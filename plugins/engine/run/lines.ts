// Cuts what a program writes into lines, so many bytes a second: one that floods us waits, and takes no time from streams.
import type { Readable } from 'node:stream';

const MAX_LINE = 4096;
/** More than ffmpeg writes at its most talkative. */
export const MAX_BYTES_PER_SECOND = 256 * 1024;

/** Calls back for each line. A line that never ends is cut. */
export function onLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  let bytes = 0;
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-MAX_LINE);
    for (const line of lines) onLine(line);
    bytes += text.length;
    if (bytes < MAX_BYTES_PER_SECOND) return;
    bytes = 0;
    stream.pause();
    setTimeout(() => stream.resume(), 1000).unref();
  });
  stream.once('end', () => {
    if (rest !== '') onLine(rest);
  });
}
