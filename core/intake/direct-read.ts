// Reads a socket without a stream of buffers: bytes come in one piece of memory that every read uses again.
//
// A read of a publisher brings a kilobyte or two. As a 'data' event it costs an allocation of 64 KiB that is cut to size, a
// buffer object, the state of the stream and a turn of the queue of ticks, together about as much as what is done with the bytes.
import type { Socket } from 'node:net';

/** What Node reads at a time. */
const READ_BYTES = 64 * 1024;

/** Memory that sockets share: what has been read is gone when `read` returns. */
export class ReadMemory {
  #bytes: Buffer | undefined;

  get bytes(): Buffer {
    this.#bytes ??= Buffer.allocUnsafeSlow(READ_BYTES);
    return this.#bytes;
  }
}

/** The fields by which Node knows that a socket has memory of its own, as `onread` of `net.connect` sets them. */
const FIELDS = ['kBuffer', 'kBufferCb', 'kBufferGen'] as const;

interface NativeHandle {
  useUserBuffer?(bytes: Uint8Array): void;
}

/**
 * From now on `read` is called instead of 'data' events, except for bytes that wait in the socket already: those come first,
 * by events. The same as the option `onread` of `net.connect`, for a socket that a server has accepted, which Node has
 * no option for.
 *
 * Returns whether this version of Node can do it. If not, everything comes by events.
 * @param read - gets memory that the next read of any socket overwrites
 */
export function readDirectly(socket: Socket, memory: ReadMemory, read: (bytes: Buffer) => void): boolean {
  const handle = (socket as { _handle?: NativeHandle | null })._handle;
  const symbols = Object.getOwnPropertySymbols(socket);
  const [buffer, callback, generator] = FIELDS.map((name) =>
    symbols.find((each) => each.description === name),
  );
  if (!buffer || !callback || !generator || typeof handle?.useUserBuffer !== 'function') return false;
  const { bytes } = memory;
  // Each call would add another listener to the handle, which keeps all of them until it closes.
  if (Reflect.get(socket, buffer) !== bytes) handle.useUserBuffer(bytes);
  Object.assign(socket, {
    [generator]: null,
    [buffer]: bytes,
    [callback]: (length: number) => {
      read(bytes.subarray(0, length));
      return true;
    },
  });
  // Node reads on into a paused stream. What it read directly would overtake the bytes that wait there.
  if (socket.isPaused()) socket.pause();
  return true;
}
