// The end of a request: its response has been sent, or its connection has closed.
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Calls back once, and soon if it has ended already. A response that waits behind others on its connection emits nothing when
 * that closes, so the connection is observed as well.
 */
export function onRequestEnd(request: IncomingMessage, response: ServerResponse, ended: () => void): void {
  const { socket } = request;
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    socket.off('close', finish);
    response.off('close', finish);
    ended();
  };
  socket.on('close', finish);
  response.on('close', finish);
  if (socket.destroyed || response.closed) queueMicrotask(finish);
}
