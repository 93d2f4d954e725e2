// Plugins are told of every client that has connected when it disconnects, and of the reason.
import { expect, test } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import { fetchText, openHttp, openWebSocket } from '../../helpers/flv-viewer.ts';
import { shortStream } from '../../helpers/media/media.ts';
import { connectTo } from '../../helpers/net.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';

/** A server with the stream live/movie. Viewers of live/private are denied. */
async function startObserved(): Promise<{ server: TestServer; ends: EndCause[] }> {
  const ends: EndCause[] = [];
  const observer = definePlugin({
    name: 'observer-of-ends',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.play.tap(({ name }) => (name === 'private' ? new Denial('forbidden', 'not for you') : undefined));
      hooks.disconnect.tap(({ client }, cause) => {
        if (client.plugin === 'httpflv') ends.push(cause);
      });
    },
  });
  const server = await startServer({ plugins: [observer] });
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream());
  return { server, ends };
}

const OPEN = {
  http: async (server: TestServer) => {
    const { response } = await openHttp(server.http('live/movie.flv'));
    return () => void response.destroy();
  },
  ws: async (server: TestServer) => {
    const { socket } = await openWebSocket(server.ws('live/movie.flv'));
    return () => socket.close();
  },
} as const;

test.each(['http', 'ws'] as const)('a viewer by %s that closes has left', async (transport) => {
  const { server, ends } = await startObserved();
  const close = await OPEN[transport](server);
  close();
  await expect.poll(() => ends).toEqual([{ code: 'left', message: 'the viewer has disconnected' }]);
});

test.each(['http', 'ws'] as const)(
  'a viewer by %s that the server ends has its reason',
  async (transport) => {
    const { server, ends } = await startObserved();
    await OPEN[transport](server);
    const viewer = server.server.sessions.find(({ role }) => role === 'play');
    viewer?.close({ code: 'kicked', message: 'the operator said so' });
    await expect.poll(() => ends).toEqual([{ code: 'kicked', message: 'the operator said so' }]);
  },
);

test('a denied viewer has left at once, although its connection may be kept alive', async () => {
  const { server, ends } = await startObserved();
  await fetchText(server.http('live/private.flv'));
  await expect(openWebSocket(server.ws('live/private.flv'))).rejects.toThrow('403');
  const denied = { code: 'denied', message: 'not for you' };
  expect(ends).toEqual([denied, denied]);
});

test('requests behind a stream on one connection are not asked about, and end with it', async () => {
  const { server, ends } = await startObserved();
  const socket = await connectTo(server.port('httpflv.port'));
  const joined = server.saw('playStart');
  let asked = 0;
  server.events.on('play', () => asked++);
  for (const name of ['movie', 'private', 'movie'])
    socket.write(`GET /live/${name}.flv HTTP/1.1\r\nhost: x\r\n\r\n`);
  await joined;
  socket.destroy();
  await expect.poll(() => ends.map(({ code }) => code)).toEqual(['left']);
  expect(asked).toBe(1);
  expect(server.server.sessions.map(({ role }) => role)).toEqual(['publish']);
});
