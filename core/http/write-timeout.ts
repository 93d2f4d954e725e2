// Clients that request something and then read nothing of the response.
import type { ServerResponse } from 'node:http';

const IN_A_ROW_MS = 500;

/** Whether the system has taken the whole response. */
export function isSent(response: ServerResponse): boolean {
  return response.writableEnded && response.writableLength === 0;
}

/**
 * Cuts a response off when its connection has taken none of it for `limitMs`. Call it when the whole response has been
 * handed over, or is about to be.
 *
 * @param limitMs - 0 for no limit
 */
export function limitWriteTime(response: ServerResponse, limitMs: number, onTimeout: () => void): void {
  if (limitMs === 0 || isSent(response) || response.destroyed) return;
  // The timer of a socket restarts whenever the system takes some of the queued bytes, even one. After a stop of this
  // process it ends before they can be: so it has to end twice in a row.
  const halfMs = Math.ceil(limitMs / 2);
  let firstAt = -Infinity;
  const look = (): void => {
    const now = performance.now();
    const inARow = now - firstAt <= halfMs + IN_A_ROW_MS;
    firstAt = now;
    if (!inARow) return void response.setTimeout(halfMs);
    onTimeout();
    response.destroy();
  };
  response.setTimeout(halfMs, look);
}
