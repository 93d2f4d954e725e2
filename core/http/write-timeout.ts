// Clients that ask for a file and then take nothing of it.
import type { ServerResponse } from 'node:http';

/**
 * Cuts an answer off when the connection has taken none of it for so long, which is looked at once in that time. Call it
 * when all of the answer was handed over, or will be.
 *
 * @param limitMs 0 for no limit
 */
export function limitWriteTime(response: ServerResponse, limitMs: number, onStall: () => void): void {
  const isOut = response.writableEnded && response.writableLength === 0;
  if (limitMs === 0 || isOut || response.destroyed) return;
  // The timer of a socket begins anew while the system takes some of what waits, were it one byte.
  response.setTimeout(limitMs, () => {
    onStall();
    response.destroy();
  });
}
