// A socket that stops reading as soon as it is paused.
import type { Socket } from 'node:net';
import type { ReadSource } from './paced-reader.ts';

/**
 * @param onFault - receives what `allowed` throws; the socket is read nevertheless
 * @param allowed - asked before reading continues: the socket may have been paused for another reason as well
 */
export function pacedSocket(
  socket: Socket,
  allowed: () => boolean,
  onFault: (error: unknown) => void,
): ReadSource {
  stopReadingWhenPaused(socket);
  return {
    pause: () => void socket.pause(),
    resume: () => {
      if (isAllowed(allowed, onFault)) socket.resume();
    },
    bufferedBytes: () => socket.readableLength,
  };
}

// A plugin's function, called from a timer. One that throws must neither end the process nor leave its socket unread.
function isAllowed(allowed: () => boolean, onFault: (error: unknown) => void): boolean {
  try {
    return allowed();
  } catch (error) {
    onFault(error);
    return true;
  }
}

// Node keeps reading into a paused stream up to its `highWaterMark`, which for accepted sockets can be chosen only together
// with that for writing (net.createServer), where a small one costs an event for each write. The field is
// Node's own: without it, a paused socket reads a little longer, and nothing else changes.
function stopReadingWhenPaused(socket: Socket): void {
  const state = (socket as { _readableState?: { highWaterMark?: number } })._readableState;
  if (state?.highWaterMark !== undefined) state.highWaterMark = 1;
}
