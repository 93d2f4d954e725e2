// Every denial is one line of the log, whoever is denied and why.
import { expect, test, vi } from 'vitest';
import { makeCertificate } from '../helpers/programs/certificate.ts';
import { connectTo } from '../helpers/net.ts';
import { connectDialogue } from '../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../helpers/server.ts';

const WAIT_NONE = { waitForPublisherMs: 0, hls: { port: '127.0.0.1:0' } };

async function play(server: TestServer): Promise<void> {
  const dialogue = await connectDialogue(server.port());
  dialogue.call('play', 3, ['nobody', -2000], { streamId: await dialogue.createStream() });
  await dialogue.gone();
}

test.each<[string, (server: TestServer) => Promise<unknown>]>([
  ['rtmp', play],
  ['http-flv', (server) => fetch(server.http('live/nobody.flv'))],
  ['http-hls', (server) => fetch(`http://127.0.0.1:${server.port('hls.port')}/live/nobody.m3u8`)],
])('a viewer by %s of a stream that nobody publishes', async (protocol, request) => {
  const server = await startServer({ config: WAIT_NONE });
  await request(server);
  const denials = server.log.filter(({ msg }) => msg.includes('denied'));
  expect(denials).toMatchObject([
    { protocol, code: 'not-found', msg: 'live/nobody viewer denied: nobody publishes live/nobody' },
  ]);
});

test.each([
  ['publish', '', 'live publisher denied: The stream name is empty'],
  ['play', '../x', 'live viewer denied: "***" holds "." or ".." as a segment.'],
])('a client whose %s names no stream', async (command, name, words) => {
  const server = await startServer({ config: WAIT_NONE });
  const dialogue = await connectDialogue(server.port());
  dialogue.call(command, 3, [name], { streamId: await dialogue.createStream() });
  await dialogue.gone();
  const denials = server.log.filter(({ msg }) => msg.includes('denied'));
  expect(denials).toMatchObject([{ protocol: 'rtmp', code: 'invalid' }]);
  expect(denials[0]!.msg).toContain(words);
});

test('a client that speaks plain RTMP on the TLS port', async () => {
  const { cert, key } = makeCertificate('localhost');
  const server = await startServer({
    config: { rtmp: { tls: { port: '127.0.0.1:0', cert, key } } },
  });
  const socket = await connectTo(server.port('rtmp.tls.port'));
  socket.on('error', () => {});
  socket.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
  await vi.waitFor(() =>
    expect(server.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^connection on 127\.0\.0\.1:\d+ denied: the client does not speak TLS/),
    ),
  );
});
