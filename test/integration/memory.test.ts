// Thousands of viewers join and leave, and leave nothing behind. LIVEGO_JOINS=10000 for the long run.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { measureHeld } from '../helpers/heap.ts';
import { shortStream } from '../helpers/media/media.ts';
import { playFrom, publishTo } from '../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../helpers/server.ts';

const JOINS = Number(process.env['LIVEGO_JOINS'] ?? 1000);
const AT_ONCE = 50;
/** Far above the collector's leftovers, far below one kept session for each join (5 KiB and more). */
const ALLOWED_BYTES_PER_JOIN = 2048;

function heldBytes(): number {
  const { heap, buffers } = measureHeld();
  return heap + buffers;
}

// Makes its own sockets: those of the helpers are kept until the test is over.
async function joinAndLeave(server: TestServer, count: number): Promise<void> {
  const host = '127.0.0.1';
  for (let done = 0; done < count; done += AT_ONCE) {
    const left = server.saw('playStop', AT_ONCE);
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const socket = connect({ port: server.port(index % 2 === 0 ? 'httpflv.port' : 'rtmp.port'), host });
        if (index % 2 === 0) {
          socket.write('GET /live/movie.flv HTTP/1.1\r\nhost: x\r\n\r\n');
          await once(socket, 'data');
        } else await (await playFrom(server.rtmp('live/movie'), { socket })).received(2);
        socket.destroy();
      }),
    );
    await left;
  }
}

test(
  `${JOINS} joins and leaves leave no memory, session or viewer behind`,
  { timeout: 600_000 },
  async () => {
    const server = await startServer({ config: { level: 'error', read_timeout: 0 } });
    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(shortStream());
    await expect.poll(() => server.stream('live/movie').counters.packets).toBe(22);
    await joinAndLeave(server, 200);
    const before = heldBytes();
    await joinAndLeave(server, JOINS);
    await expect.poll(() => server.server.connections).toBe(1);
    expect(server.server.sessions.length).toBe(1);
    expect(server.stream('live/movie').viewerCount).toBe(0);
    expect((heldBytes() - before) / JOINS).toBeLessThan(ALLOWED_BYTES_PER_JOIN);
  },
);
