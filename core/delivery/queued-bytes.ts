// What waits for the viewers of a fan-out, in bytes. Buffers that several of them wait for are counted once.
import type { Viewer } from './viewer.ts';

type Queue = Pick<Viewer, 'queuedBytes' | 'queuedBacklog'>;

/** @param backlog - kept for joiners; the queue of one may hold the same buffers, or those of an earlier backlog */
export function queuedBytes(viewers: Iterable<Queue>, backlog: Iterable<Buffer>): number {
  const backlogs = new Set(backlog);
  let longest = 0;
  for (const viewer of viewers) {
    const queued = viewer.queuedBacklog;
    // Runs behind the backlog are shared: the longest queue has those of all others.
    longest = Math.max(longest, viewer.queuedBytes - bytesOf(queued));
    for (const buffer of queued) backlogs.add(buffer);
  }
  return longest + bytesOf(backlogs);
}

function bytesOf(buffers: Iterable<Buffer>): number {
  let bytes = 0;
  for (const { length } of buffers) bytes += length;
  return bytes;
}
