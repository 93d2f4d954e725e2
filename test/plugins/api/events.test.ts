// Server-sent events: what happens, as it happens, and what was missed.
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { within } from '../../helpers/net.ts';
import { startApi, type ApiServer } from './api-kit.ts';

interface Follower {
  /** Resolves with all text so far once it contains the words. */
  saw(words: string): Promise<string>;
  readonly socket: Socket;
}

async function follow(
  server: ApiServer,
  query = '',
  headers: Record<string, string> = {},
): Promise<Follower> {
  const socket = connect(server.port('api.port'), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET /api/v1/events${query} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
  let text = '';
  const waiting = new Set<() => void>();
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    for (const look of waiting) look();
  });
  const saw = (words: string) =>
    within(
      new Promise<string>((resolve) => {
        const look = (): void => {
          if (text.includes(words)) resolve(text);
        };
        waiting.add(look);
        look();
      }),
      `"${words}"`,
      10_000,
    );
  await saw('retry: 2000');
  return { saw, socket };
}

test('streams, sessions and reloads are told as they happen', async () => {
  const server = await startApi();
  const { saw } = await follow(server);
  const publisher = await server.published();
  const viewer = await server.watched();
  viewer.leave();
  publisher.leave();
  await server.reload({
    api: { port: '127.0.0.1:0', stateFile: `${server.folder}/state.json` },
    stat: 'disable',
  });
  const text = await saw('event: reload');
  const types = [...text.matchAll(/^event: (.+)$/gm)].map(([, type]) => type);
  expect(types).toEqual([
    'stream-start',
    'publish-start',
    'play-start',
    'play-stop',
    'publish-stop',
    'stream-stop',
    'reload',
  ]);
  expect(text).toMatch(/^content-type: text\/event-stream/m);
  expect(text).toMatch(
    /data: \{"at":"[^"]+","session":"\w+","role":"play","app":"live","stream":"live\/movie"/,
  );
});

test('a config that is rejected is told as well', async () => {
  const server = await startApi();
  const { saw } = await follow(server, '?kinds=reload');
  await server.reload({ nonsense: 1 });
  expect(await saw('event: reload')).toContain('"outcome":"rejected","faults":1');
});

test('only the kinds that were asked for are told', async () => {
  const server = await startApi();
  const { saw } = await follow(server, '?kinds=stream');
  const publisher = await server.published();
  publisher.leave();
  expect(await saw('stream-stop')).not.toContain('publish-start');
  expect((await server.ask('/api/v1/events?kinds=nonsense')).statusCode).toBe(400);
});

test('a client that returns gets what it has missed, and is told when that is not known any more', async () => {
  const server = await startApi();
  const first = await follow(server);
  await server.published('live/a');
  const id = /^id: (\S+)$/m.exec(await first.saw('publish-start'))![1]!;
  first.socket.destroy();
  await server.published('live/b');
  const second = await follow(server, '', { 'Last-Event-ID': id });
  const missed = await second.saw('"stream":"live/b"');
  expect(missed).not.toContain('event: gap');
  expect(missed.match(/^event: stream-start$/gm)).toHaveLength(1);
  const lost = await follow(server, '?lastEventId=00000000-1');
  expect(await lost.saw('event: gap')).toContain(
    'data: {"reason":"events were missed; read the lists again"}',
  );
});

test('a client that reads nothing is cut, and costs the others nothing', async () => {
  const server = await startApi();
  const slow = await follow(server);
  const quick = await follow(server);
  slow.socket.pause();
  const closed = once(slow.socket, 'close');
  const publisher = await server.published();
  const name = 'x'.repeat(2000);
  const context = server.server.kernel;
  for (let index = 0; index < 8000 && !slow.socket.destroyed; index++) {
    context.findApp('live')?.hooks.emit('pluginEvent', {
      plugin: 'test',
      kind: 'alert',
      app: 'live',
      name,
      at: new Date(),
      details: { code: 'long', state: 'raised', message: `${name} ${index}` },
    });
    if (index % 50 === 0) await new Promise(setImmediate);
  }
  slow.socket.resume();
  await closed;
  publisher.leave();
  await quick.saw('stream-stop');
});

test('so many clients may follow, and no more', async () => {
  const server = await startApi({ api: { maxEventClients: 1 } });
  await follow(server);
  const denied = await server.ask('/api/v1/events');
  expect([denied.statusCode, denied.headers['retry-after']]).toEqual([503, '5']);
});

test('clients stay when the API is replaced, and are told that it ends when the server stops', async () => {
  const server = await startApi();
  const { saw, socket } = await follow(server);
  await server.reload({
    api: { port: '127.0.0.1:0', stateFile: `${server.folder}/state.json`, maxEventClients: 7 },
    stat: { port: '127.0.0.1:0' },
  });
  await server.published();
  const text = await saw('publish-start');
  expect(text.match(/^event: stream-start$/gm)).toHaveLength(1);
  const closed = once(socket, 'close');
  await server.stop();
  await closed;
});
