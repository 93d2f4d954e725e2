// A connection that carries one publisher and nothing else may be read at times; any other is read at once.
import { expect, test } from 'vitest';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { connectDialogue, publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';
import { publishing } from './dialogue-kit.ts';
import { Metronome } from './pacing-kit.ts';
import { secureSocket } from './secure-socket.ts';

/** Without HLS, so that a stream has no sink. */
const UNWATCHED = { servers: [{ servername: 'live', hls: 'disable' }] };

test('a publisher without viewers is read at times', async () => {
  const server = await startServer({ config: UNWATCHED });
  const { dialogue, streamId } = await publishing(server.port());
  const metronome = new Metronome(server, 'live/movie', (packet) => dialogue.send(packet, streamId));
  await metronome.warmUp();
  expect(await metronome.countDelayed()).toBeGreaterThan(1);
});

test('a publisher is read at once from the second stream of its connection on', async () => {
  const server = await startServer({ config: UNWATCHED });
  const { dialogue, streamId } = await publishing(server.port());
  const metronome = new Metronome(server, 'live/movie', (packet) => dialogue.send(packet, streamId));
  await metronome.warmUp();
  await dialogue.createStream(4);
  expect(await metronome.countDelayed()).toBeLessThan(2);
});

test('a publisher on a connection that already has two streams is read at once', async () => {
  const server = await startServer({ config: UNWATCHED });
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream(2);
  await dialogue.createStream(3);
  dialogue.call('publish', 4, ['movie', 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  const metronome = new Metronome(server, 'live/movie', (packet) => dialogue.send(packet, streamId));
  await metronome.warmUp();
  expect(await metronome.countDelayed()).toBeLessThan(2);
});

test('a publisher by RTMPS is read at once', async () => {
  const tls = { port: '127.0.0.1:0', ...makeCertificate('localhost') };
  const server = await startServer({ config: { ...UNWATCHED, rtmp: { tls } } });
  const port = server.port('rtmp.tls.port');
  const url = `rtmps://127.0.0.1:${port}/live/secure`;
  const publisher = await publishTo(url, { socket: await secureSocket(port) });
  const metronome = new Metronome(server, 'live/secure', (packet) => publisher.send(packet));
  await metronome.warmUp();
  expect(await metronome.countDelayed()).toBeLessThan(2);
});
