// A hundred viewers that read nothing, beside a hundred that read everything.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { openHttp } from '../helpers/flv-viewer.ts';
import { measureHeld } from '../helpers/heap.ts';
import { avcFrame, avcHeader, describePackets } from '../helpers/media/media.ts';
import { within } from '../helpers/net.ts';
import { publishTo, type WirePacket } from '../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../helpers/server.ts';

const STALLED = 100;
const HEALTHY = 100;
const FRAME_BYTES = 20_000;
const GROUP = 8;
const DROP_AFTER_BYTES = 128 * 1024;
const REQUEST = 'GET /live/movie.flv HTTP/1.1\r\nhost: x\r\n\r\n';

/** A connection in memory that requests the stream and then reads no byte of it. */
function stall(server: TestServer): Duplex {
  const port = server.port('httpflv.port');
  const listener = server.server.kernel.pool.listeners.find((each) => each.port === port)!;
  const end: Duplex = new Duplex({ read() {}, write() {} });
  onTestFinished(() => void end.destroy());
  listener.arrive(Object.assign(end, { setNoDelay: () => end }) as unknown as Socket);
  end.push(REQUEST);
  return end;
}

interface Reader {
  /** Resolves when this many bytes have arrived. */
  read(bytes: number): Promise<void>;
  digest(): string;
}

/** A viewer that reads everything and keeps only its digest. */
async function openReader(server: TestServer): Promise<Reader> {
  const socket = connect({ port: server.port('httpflv.port'), host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const hash = createHash('sha256');
  const got = { head: false, bytes: 0 };
  let wake = (): void => {};
  socket.on('data', (bytes: Buffer) => {
    // The head of the response arrives alone, since no packet has been published yet.
    if (got.head) {
      got.bytes += bytes.length;
      hash.update(bytes);
    }
    got.head = true;
    wake();
  });
  socket.write(REQUEST);
  const read = async (wanted: number): Promise<void> => {
    while (got.bytes < wanted) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { read: (bytes) => within(read(bytes), `${bytes} bytes`), digest: () => hash.digest('hex') };
}

test(`${STALLED} viewers that read nothing cost ${HEALTHY} others no byte, and no more memory than their limits`, async () => {
  const slowViewer = { dropAfterBytes: DROP_AFTER_BYTES, closeAfterBytes: 64 * 1024 * 1024 };
  // On a busy machine the test takes longer than the 10 s after which a viewer that takes no byte is closed.
  const config = { slowViewer, level: 'error', mergeWriteMs: 0, gop_num: 0, write_timeout: 600 };
  const server = await startServer({ config });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const joined = server.saw('playStart', STALLED + HEALTHY + 1);
  const stalled = Array.from({ length: STALLED }, () => stall(server));
  const readers = await Promise.all(Array.from({ length: HEALTHY }, () => openReader(server)));
  const witness = await openHttp(server.http('live/movie.flv'));
  await joined;
  const before = measureHeld().buffers;
  const packets: WirePacket[] = [avcHeader()];
  for (let index = 0; index < 320; index++)
    packets.push(avcFrame(index % GROUP === 0 ? 'key' : 'inter', index * 40, index & 0xff, FRAME_BYTES));
  for (let sent = 0; sent < packets.length; sent += GROUP) {
    await publisher.sendAll(packets.slice(sent, sent + GROUP));
    await witness.received(Math.min(sent + GROUP, packets.length));
    await Promise.all(readers.map((reader) => reader.read(witness.bytes)));
  }
  expect(describePackets(await witness.received(packets.length))).toEqual(describePackets(packets));
  expect(new Set(readers.map((reader) => reader.digest())).size).toBe(1);
  const limit = DROP_AFTER_BYTES + 64 * 1024 + 2 * FRAME_BYTES;
  expect(Math.max(...stalled.map((end) => end.writableLength))).toBeLessThan(limit);
  expect(server.stream('live/movie').viewerCount).toBe(STALLED + HEALTHY + 1);
  const published = packets.length * FRAME_BYTES;
  expect(measureHeld().buffers - before - 2 * published).toBeLessThan(STALLED * limit);
});
