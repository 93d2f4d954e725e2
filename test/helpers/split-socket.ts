// A connection in memory to one of the server's ports. The test chooses how many bytes each read returns.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';

/** Connects to the port of an option; both ends read at most `readBytes` bytes at a time. */
export function connectInPieces(server: TestServer, option: string, readBytes: number): Duplex {
  const port = server.port(option);
  const listener = server.server.kernel.pool.listeners.find((each) => each.port === port);
  if (!listener) throw new Error(`Nothing listens for ${option}.`);
  const [here, there] = createPair(readBytes);
  onTestFinished(() => void here.destroy());
  listener.arrive(there as Socket);
  return here;
}

function createPair(readBytes: number): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const createEnd = (own: number): Duplex => {
    const end = new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, written) {
        const other = ends[1 - own]!;
        for (let offset = 0; offset < bytes.length; offset += readBytes)
          other.push(bytes.subarray(offset, offset + readBytes));
        setImmediate(written);
      },
      final(ended) {
        ends[1 - own]!.push(null);
        ended();
      },
      destroy(error, destroyed) {
        const other = ends[1 - own]!;
        if (!other.readableEnded && !other.destroyed) setImmediate(() => other.push(null));
        destroyed(error);
      },
    });
    // The methods of a TCP socket that a stream lacks and the server calls.
    return Object.assign(end, { setNoDelay: () => end });
  };
  ends.push(createEnd(0), createEnd(1));
  return [ends[0]!, ends[1]!];
}
