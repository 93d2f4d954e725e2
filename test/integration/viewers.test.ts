// Many viewers, tiny reads: no viewer loses a packet.
import { expect, test } from 'vitest';
import { clipPackets, describePackets, isKeyframe, isSequenceHeader } from '../helpers/media/media.ts';
import { openHttp, openWebSocket } from '../helpers/flv-viewer.ts';
import {
  openPlayer,
  playFrom,
  publishTo,
  type TestPublisher,
  type WirePacket,
} from '../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../helpers/server.ts';
import { connectInPieces } from '../helpers/split-socket.ts';

const VIEWERS = 50;

interface AnyViewer {
  all(): Promise<WirePacket[]>;
}

/** Pseudo-random numbers, the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function openOne(server: TestServer, index: number): Promise<AnyViewer> {
  if (index % 3 === 0) return openPlayer(server.rtmp('live/movie'));
  if (index % 3 === 1) return openHttp(server.http('live/movie.flv'));
  return openWebSocket(server.ws('live/movie.flv'));
}

/** Sends the packets. Each viewer joins at its moment, the index of a packet, while the others play on. */
async function publishWhileJoining(
  server: TestServer,
  publisher: TestPublisher,
  packets: readonly WirePacket[],
  moments: readonly number[],
): Promise<AnyViewer[]> {
  const opening: Promise<AnyViewer>[] = [];
  for (const [index, packet] of packets.entries()) {
    for (const [viewer, moment] of moments.entries())
      if (moment === index) opening.push(openOne(server, viewer));
    await publisher.sendAll([packet]);
    // One turn of the loop for the server and the viewers, which run in this process.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const viewers = await Promise.all(opening);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(moments.length);
  return viewers;
}

test(`${VIEWERS} viewers that join at random moments, by three protocols, each get every packet from a keyframe on`, async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  const packets = await clipPackets({ seconds: 6, gopSeconds: 1 });
  const random = createRandom(20_240_601);
  const moments = Array.from({ length: VIEWERS }, () => 1 + Math.floor(random() * (packets.length - 2)));
  const viewers = await publishWhileJoining(server, publisher, packets, moments);
  await publisher.leave();
  const starts = new Set<number>();
  const media = describePackets(packets);
  for (const viewer of viewers) {
    const got = await viewer.all();
    const first = got.findIndex((packet) => !isSequenceHeader(packet));
    expect(got.slice(0, first).map((packet) => packet.payload)).toEqual(
      packets.filter(isSequenceHeader).map((packet) => packet.payload),
    );
    expect(isKeyframe(got[first]!)).toBe(true);
    const start = media.indexOf(describePackets([got[first]!])[0]!);
    expect(describePackets(got.slice(first))).toEqual(media.slice(start));
    starts.add(start);
  }
  expect(starts.size).toBeGreaterThan(3);
});

test.each([1, 2, 3, 11])(
  'nothing changes if every read at both ends returns %i byte(s)',
  async (readBytes) => {
    const server = await startServer();
    const packets = (await clipPackets({ seconds: 2, size: '160x90' })).slice(0, 120);
    const player = await openPlayer(server.rtmp('live/movie'), {
      socket: connectInPieces(server, 'rtmp.port', readBytes),
    });
    await player.ready();
    const publisher = await publishTo(server.rtmp('live/movie'), {
      socket: connectInPieces(server, 'rtmp.port', readBytes),
    });
    await publisher.sendAll(packets);
    expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
  },
);

test('a publisher that sends each byte by itself over TCP is understood', async () => {
  const server = await startServer();
  const player = await playFrom(server.rtmp('live/movie'));
  const publisher = await publishTo(server.rtmp('live/movie'));
  const { socket } = publisher;
  const write = socket.write.bind(socket);
  const bytes: Buffer[] = [];
  socket.write = (chunk: Buffer) => bytes.push(chunk) > 0;
  const packets = (await clipPackets({ seconds: 2, size: '160x90' })).slice(0, 12);
  for (const packet of packets) publisher.send(packet);
  for (const byte of Buffer.concat(bytes)) {
    write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});
