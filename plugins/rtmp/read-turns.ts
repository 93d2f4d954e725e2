// Reads a connection for so long at a time. Node reads a busy one up to 32 times in one turn of the event loop, and 2 MiB of
// small messages are work for more than a second.
//
//            a read took long             the next turn
//   reading ─────────────────▶ paused ──────────────────▶ reading, unless a command is under way
import type { Socket } from 'node:net';
import type { BytesOwnership } from 'livego/rtmp';
import type { CommandQueue } from './command-queue.ts';

/** Less than this cannot be work for so long, whatever is in it. */
const SHORT_READ_BYTES = 4096;

/** With this much work for one read, others come first. A read of ordinary media takes a tenth of it. */
const LONG_READ_MS = 5;

/** Takes what has been read from a connection. */
export type TakeBytes = (bytes: Buffer, ownership: BytesOwnership) => void;

/**
 * Returns the function that takes what has been read.
 * @param queue - while it is busy, the connection is not read either; it gets what `read` throws
 */
export function readInTurns(
  socket: Pick<Socket, 'isPaused' | 'pause' | 'resume'>,
  queue: Pick<CommandQueue, 'busy' | 'fail'>,
  read: TakeBytes,
): TakeBytes {
  return (bytes, ownership) => {
    const began = bytes.length < SHORT_READ_BYTES ? undefined : performance.now();
    try {
      read(bytes, ownership);
    } catch (error) {
      return queue.fail(error);
    }
    // Whoever has paused it lets it go on.
    if (began === undefined || performance.now() - began < LONG_READ_MS || socket.isPaused()) return;
    socket.pause();
    setImmediate(() => {
      if (!queue.busy) socket.resume();
    });
  };
}
