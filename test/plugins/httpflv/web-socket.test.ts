// Viewers by WebSocket, on the same URL.
import { expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { openWebSocket } from '../../helpers/flv-viewer.ts';
import { createGate } from '../../helpers/gate.ts';
import { clipPackets, describePackets, shortStream } from '../../helpers/media/media.ts';
import { connectTo, readToEnd, within } from '../../helpers/net.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

test('a viewer gets every packet of a file, and close code 1000 when the stream ends', async () => {
  const server = await startServer();
  const asked = server.saw('play');
  const opening = openWebSocket(server.ws('live/movie.flv'));
  await asked;
  const publisher = await publishTo(server.rtmp('live/movie'));
  const viewer = await opening;
  const packets = await clipPackets();
  await publisher.sendAll(packets);
  await publisher.leave();
  expect(describePackets(await viewer.all())).toEqual(describePackets(packets));
  expect(viewer.header).toMatchObject({ audio: true, video: true });
  expect(await viewer.closed).toEqual({ code: 1000, reason: 'the publisher has disconnected' });
  expect(server.log.map((line) => line.msg)).toContainEqual(
    expect.stringMatching(
      /^live\/movie viewer disconnected after \d+ s and 0\.\d MB: the publisher has disconnected$/,
    ),
  );
});

test('a publisher whose connection breaks is not a fault for its viewers', async () => {
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream());
  const viewer = await openWebSocket(server.ws('live/movie.flv'));
  publisher.vanish();
  expect((await viewer.closed).code).toBe(1000);
});

test('wss:// serves the same', async () => {
  const files = makeCertificate('localhost');
  const server = await startServer({ config: { httpflv: { tls: { port: '127.0.0.1:0', ...files } } } });
  const publisher = await publishTo(server.rtmp('live/movie'));
  const viewer = await openWebSocket(
    `wss://127.0.0.1:${server.port('httpflv.tls.port')}/live/movie.flv?only=audio`,
  );
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(1);
  const packets = shortStream();
  await publisher.sendAll(packets);
  await publisher.leave();
  const sound = packets.filter((packet) => packet.kind === 'audio');
  expect(describePackets(await viewer.all())).toEqual(describePackets(sound));
});

test('a missing stream, a denial and an unknown path are HTTP statuses of the handshake', async () => {
  const gate = createGate('play');
  const server = await startServer({ plugins: [gate.plugin], config: { waitForPublisherMs: 0 } });
  const missing = openWebSocket(server.ws('live/nothing.flv'));
  await gate.asked();
  gate.allow();
  await expect(missing).rejects.toThrow('Unexpected server response: 404');
  await publishTo(server.rtmp('live/movie'));
  const denied = openWebSocket(server.ws('live/movie.flv'));
  await expect.poll(() => gate.requests.length).toBe(2);
  gate.deny(new Denial('forbidden', 'not for you'));
  await expect(denied).rejects.toThrow('Unexpected server response: 403');
  await expect(openWebSocket(server.ws('live/movie.html'))).rejects.toThrow(
    'Unexpected server response: 404',
  );
});

test('of two viewers that wait for one place, the second is 503', async () => {
  const server = await startServer({ config: { maxViewersPerStream: 1 } });
  const asked = server.saw('play', 2);
  const both = Promise.allSettled([
    openWebSocket(server.ws('live/movie.flv')),
    openWebSocket(server.ws('live/movie.flv')),
  ]);
  await asked;
  await publishTo(server.rtmp('live/movie'));
  const outcomes = (await both).map((each) => (each.status === 'fulfilled' ? 'open' : String(each.reason)));
  expect(outcomes.toSorted()).toEqual(['Error: Unexpected server response: 503', 'open']);
});

test('a malformed handshake is 400 and leaves no viewer behind', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const socket = await connectTo(server.port('httpflv.port'));
  socket.write(
    'GET /live/movie.flv HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  expect((await readToEnd(socket)).toString()).toMatch(/^HTTP\/1\.1 400 /);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
  expect(server.server.sessions.length).toBe(1);
});

test('a viewer that closes has left, and a viewer that sends too much is cut off', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const [one, two] = [
    await openWebSocket(server.ws('live/movie.flv')),
    await openWebSocket(server.ws('live/movie.flv')),
  ];
  one.socket.close();
  two.socket.send(Buffer.alloc(100_000));
  expect((await two.closed).code).toBe(1009);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
});

test('a stopping server closes with 1001, "going away"', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const viewer = await openWebSocket(server.ws('live/movie.flv'));
  await within(server.stop(), 'the server to stop');
  expect((await viewer.closed).code).toBe(1001);
});
