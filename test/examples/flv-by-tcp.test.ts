import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { definePlugin, Denial } from 'livego';
import { FlvReader } from 'livego/media';
import { samplePackets, type TestServer } from 'livego/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { publishTo, startWith } from './start-with.ts';

const CONFIG = { 'flv-by-tcp': { port: '127.0.0.1:0' } };

function ask(server: TestServer, line: string): Socket {
  const socket = connect(server.port('flv-by-tcp.port'), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(line);
  return socket;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => parts.push(bytes));
  await once(socket, 'end');
  return Buffer.concat(parts);
}

test('a line names a stream, and the stream follows as FLV until it ends', async () => {
  const server = await startWith('flv-by-tcp.ts', CONFIG);
  const packets = samplePackets();
  const publisher = await publishTo(server, 'live/movie');
  publisher.send(...packets);
  const socket = ask(server, 'live/movie\r\n');
  const all = readAll(socket);
  await vi.waitFor(() => expect(server.streams()[0]?.viewerCount).toBe(1));
  publisher.send(...samplePackets({ from: 400 }));
  publisher.leave();
  const tags = new FlvReader().push(await all);
  // The cache of one group, then everything that was sent afterwards.
  expect(tags.length).toBe(12 + packets.length);
  expect(server.sessions()).toEqual([]);
});

test('gates see the client and its query; one that is denied is told why', async () => {
  const asked: unknown[] = [];
  const gate = definePlugin({
    name: 'gate',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.play.tap(({ client, name, query }) => {
        asked.push({ protocol: client.protocol, plugin: client.plugin, name, token: query.get('token') });
        return new Denial('forbidden', 'not for you');
      });
    },
  });
  const server = await startWith('flv-by-tcp.ts', CONFIG, [gate]);
  expect((await readAll(ask(server, 'live/movie?token=abc\n'))).toString()).toBe('forbidden: not for you\n');
  expect(asked).toEqual([{ protocol: 'flv-by-tcp', plugin: 'flv-by-tcp', name: 'movie', token: 'abc' }]);
});

test.each([
  ['live/nothing\n', 'not-found: nobody publishes live/nothing\n'],
  ['\n', 'invalid: send APP/NAME and a line end\n'],
  ['other/movie\n', 'not-found: there is no application "other" (servers[].servername)\n'],
])('%j is answered with %j', async (line, answer) => {
  const server = await startWith('flv-by-tcp.ts', CONFIG);
  expect((await readAll(ask(server, line))).toString()).toBe(answer);
});

test('a line without an end is cut off', async () => {
  const server = await startWith('flv-by-tcp.ts', CONFIG);
  const socket = ask(server, 'x'.repeat(5000));
  socket.on('error', () => {});
  await once(socket, 'close');
  expect(server.sessions()).toEqual([]);
});
