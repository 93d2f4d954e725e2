// Viewers by WebSocket, on the same URL.
import { expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { openWebSocket } from '../../helpers/flv-viewer.ts';
import { createGate } from '../../helpers/gate.ts';
import { clipPackets, describePackets, shortStream } from '../../helpers/media.ts';
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
  expect(await viewer.closed).toEqual({ code: 1000, reason: 'the publisher has gone' });
  expect(server.log.map((line) => line.msg)).toContain('live/movie viewer gone: the publisher has gone');
});

test('a publisher whose connection breaks is no failure of its viewers', async () => {
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

test('a stream that nobody publishes is refused by its HTTP status, and so is a denial', async () => {
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

test('a handshake that is no WebSocket’s is answered and leaves no viewer behind', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const socket = await connectTo(server.port('httpflv.port'));
  socket.write(
    'GET /live/movie.flv HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  );
  expect((await readToEnd(socket)).toString()).toMatch(/^HTTP\/1\.1 400 /);
  await expect.poll(() => server.stream('live/movie').viewerCount).toBe(0);
  expect(server.server.kernel.hub.sessions.size).toBe(1);
});

test('a viewer who leaves is gone; one who talks too much is cut off', async () => {
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

test('a stopping server says "going away"', async () => {
  const server = await startServer();
  await publishTo(server.rtmp('live/movie'));
  const viewer = await openWebSocket(server.ws('live/movie.flv'));
  await within(server.stop(), 'the server to stop', 5_000);
  expect((await viewer.closed).code).toBe(1001);
});
