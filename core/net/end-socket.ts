// The end of a connection from our side, which a peer can delay but not prevent.
import type { Duplex } from 'node:stream';

/**
 * Sends what is queued, then our end. What the peer still sends is read and thrown away, since closing on unread bytes
 * would reset the connection and take our last words with it. The connection is cut when it takes no byte for
 * `patienceMs`, and at the latest so long after the last byte has left.
 */
export function endSocket(socket: Duplex, patienceMs: number): void {
  if (socket.destroyed) return;
  let queued = socket.writableLength;
  const timer = setInterval(() => {
    if (socket.writableLength === 0 || socket.writableLength >= queued) socket.destroy();
    queued = socket.writableLength;
  }, patienceMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
  socket.resume();
  socket.end();
}
