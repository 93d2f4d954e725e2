// Ends a connection from our side. A peer can delay the end but not prevent it.
import type { Duplex } from 'node:stream';
import { after } from '../time/after.ts';

const PATIENCE_MS = 3000;

/**
 * Sends the queued bytes, then our end. Bytes that the peer still sends are read and discarded: closing on unread bytes would
 * reset the connection and lose our last ones. The connection is cut when it takes no byte for `patienceMs`, and at the
 * latest that long after the last byte has left.
 */
export function endSocket(socket: Duplex, patienceMs: number = PATIENCE_MS): void {
  if (socket.destroyed) return;
  let queued = socket.writableLength;
  const look = (): void => {
    if (socket.writableLength === 0 || socket.writableLength >= queued) return void socket.destroy();
    queued = socket.writableLength;
    cancel = after(patienceMs, look);
  };
  let cancel = after(patienceMs, look);
  socket.once('close', () => cancel());
  socket.resume();
  socket.end();
}
