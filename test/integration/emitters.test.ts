// Whatever emitter of a running server reports an error, twice: it is heard, and nobody else notices.
import { Server, Socket } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { definePlugin } from '../../core/plugin/plugin.ts';
import { openHttp, openWebSocket } from '../helpers/flv-viewer.ts';
import { avcFrame, avcHeader } from '../helpers/media/media.ts';
import { playFrom, publishTo } from '../helpers/rtmp-client.ts';
import { startServer } from '../helpers/server.ts';

/** Sockets and servers of this process, which Node keeps for its own use. */
function activeHandles(): readonly unknown[] {
  return (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
}

function failTwice(emitter: Server | Socket | IncomingMessage | ServerResponse): void {
  for (const words of ['first', 'second'])
    expect(
      () => emitter.emit('error', new Error(words)),
      `${emitter.constructor.name}, the ${words}`,
    ).not.toThrow();
}

test('every socket and server of a server listens to its errors', async () => {
  const before = new Set(activeHandles());
  const server = await startServer();
  const publisher = await publishTo(server.rtmp('live/movie'));
  publisher.send(avcHeader());
  publisher.send(avcFrame('key', 0));
  const started = server.saw('playStart', 3);
  await playFrom(server.rtmp('live/movie'));
  await openHttp(server.http('live/movie.flv'));
  await openWebSocket(server.ws('live/movie.flv'));
  await started;
  const own = activeHandles().filter((handle) => !before.has(handle));
  const servers = own.filter((handle) => handle instanceof Server);
  const ports = new Set(servers.map((each) => (each.address() as { readonly port: number }).port));
  const sockets = own.filter(
    (handle) => handle instanceof Socket && ports.has(handle.localPort ?? 0),
  ) as Socket[];
  expect([servers.length, sockets.length]).toEqual([3, 4]);
  for (const emitter of [...servers, ...sockets]) failTwice(emitter);
  const again = await publishTo(server.rtmp('live/other'));
  expect(again.socket.destroyed).toBe(false);
});

test('a response and a request that break ask nothing of the plugin that answers', async () => {
  const breaking = definePlugin({
    name: 'breaking',
    schema: { type: 'object', properties: {} },
    server: (context) => {
      const handler = (request: IncomingMessage, response: ServerResponse): void => {
        failTwice(request);
        failTwice(response);
        response.end('still here');
        response.write('too late');
      };
      context.serve({ port: '127.0.0.1:0' }, [{ path: '/', methods: ['GET'], handler }]);
    },
  });
  const { port } = await startServer({ plugins: [breaking] });
  const answer = await fetch(`http://127.0.0.1:${port('breaking.port')}/`);
  expect(await answer.text()).toBe('still here');
});
