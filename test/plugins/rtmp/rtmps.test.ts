// RTMP inside TLS, on a port of its own.
import { expect, test } from 'vitest';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { clip, probePackets, publish, watch } from '../../helpers/media/ffmpeg.ts';
import { describePackets, shortStream } from '../../helpers/media/media.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { playFrom, publishTo } from '../../helpers/rtmp-client.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { secureSocket } from './secure-socket.ts';

async function startSecure(): Promise<TestServer> {
  const files = makeCertificate('localhost');
  return startServer({ config: { rtmp: { tls: { port: '127.0.0.1:0', ...files } } } });
}

test('RTMPS serves a publisher and a viewer, beside a viewer by plain RTMP', async () => {
  const server = await startSecure();
  const port = server.port('rtmp.tls.port');
  const url = `rtmps://127.0.0.1:${port}/live/movie`;
  const publisher = await publishTo(url, { socket: await secureSocket(port) });
  const secure = await playFrom(url, { socket: await secureSocket(port) });
  const plain = await playFrom(server.rtmp('live/movie'));
  const packets = shortStream();
  await publisher.sendAll(packets);
  for (const player of [secure, plain])
    expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
  const protocols = server.server.sessions.map((session) => session.client.protocol);
  expect(protocols).toEqual(['rtmps', 'rtmps', 'rtmp']);
});

test('plain RTMP on the RTMPS port ends only that connection', async () => {
  const server = await startSecure();
  const socket = await connectTo(server.port('rtmp.tls.port'));
  socket.write(Buffer.alloc(1537, 3));
  await readToEnd(socket);
  expect(server.log.filter((line) => line.level > 30)).toEqual([]);
});

test('ffmpeg publishes and ffprobe plays by rtmps://', async () => {
  const server = await startSecure();
  const url = `rtmps://127.0.0.1:${server.port('rtmp.tls.port')}/live/movie`;
  const file = await clip();
  const asked = server.saw('play');
  const viewer = watch(url);
  await asked;
  await publish({ file, url, pace: 'fast' }).succeeded();
  expectSamePackets(await probePackets(file), await viewer.packets);
});
