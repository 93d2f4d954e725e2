// Players that pause by reading nothing, as ffplay and VLC do.
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { definePlugin, PausedViewers, type StoredMedia } from 'livego';
import { describeAudio, MediaPacket } from 'livego/media';
import { expect, test, vi } from 'vitest';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { connectDialogue } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';

/** Waits for the line that tells why a viewer was closed. */
function closed(server: TestServer): Promise<string> {
  const find = () => server.log.find(({ msg }) => msg.includes('took nothing'))?.msg;
  return vi.waitUntil(find, { timeout: 60_000 });
}

/** More than the buffers of two sockets hold. */
const FILE_BYTES = 40_000_000;
const FILE = 'movie_20261125T200000_20261125T203000.ts';

async function serveLarge(options: object, rest: object = {}): Promise<TestServer> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'live'));
  writeFileSync(join(folder, 'live', FILE), '');
  truncateSync(join(folder, 'live', FILE), FILE_BYTES);
  const replay = { port: '127.0.0.1:0', directories: [folder], md5: false, list: 'open', ...options };
  const server = await startServer({ config: { ...rest, replay } });
  const list = `http://127.0.0.1:${server.port('replay.port')}/vod`;
  await vi.waitFor(async () => expect(await (await fetch(list)).json()).toMatchObject({ total: 1 }));
  return server;
}

async function ask(server: TestServer): Promise<Socket> {
  const socket = await connectTo(server.port('replay.port'));
  socket.write(`GET /vod/live/${FILE} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  return socket;
}

test('a viewer that takes nothing for pauseSeconds is closed, with a reason; one that reads gets the file', async () => {
  const server = await serveLarge({ pauseSeconds: 2 });
  const paused = await ask(server);
  const whole = await readToEnd(await ask(server));
  expect(whole.length).toBeGreaterThan(FILE_BYTES);
  expect(await closed(server)).toContain('it took nothing for 2 s (replay.pauseSeconds)');
  expect((await readToEnd(paused)).length).toBeLessThan(FILE_BYTES);
});

test('a viewer that pauses for longer than write_timeout gets the rest when it continues', async () => {
  const server = await serveLarge({ pauseSeconds: 3600 }, { write_timeout: 1 });
  // This one shows when the time of write_timeout is over.
  const sign = await serveLarge({ pauseSeconds: 2 });
  const [viewer, other] = [await ask(server), await ask(sign)];
  await closed(sign);
  expect(other.readableLength).toBeGreaterThan(0);
  expect((await readToEnd(viewer)).length).toBeGreaterThan(FILE_BYTES);
});

test('by RTMP the limits of the recording hold as well', async () => {
  const sound = Buffer.alloc(1_000_000, 0x2f);
  const packet = new MediaPacket(describeAudio(sound), 40, sound);
  const names = { limitMs: 'shelf.pauseSeconds', most: 'shelf.maxPaused' };
  const pauses = new PausedViewers({ limitMs: 2000, most: 10, names });
  const media: StoredMedia = {
    prefix: 'tape',
    find: () => ({
      app: 'live',
      name: 'radio',
      durationMs: 40,
      pauses,
      open: () =>
        Promise.resolve({
          headers: [],
          seek: () => Promise.resolve(0),
          read: () => Promise.resolve([packet]),
          close: () => {},
        }),
    }),
  };
  const shelf = definePlugin({
    name: 'shelf',
    schema: { type: 'object', properties: {} },
    server: (context) => context.store(media),
  });
  const server = await startServer({ plugins: [shelf], config: { write_timeout: 3600 } });
  const dialogue = await connectDialogue(server.port(), 'tape/live');
  const streamId = await dialogue.createStream();
  dialogue.call('play', 3, ['song'], { streamId });
  await dialogue.next('media', () => true, 'the sound');
  dialogue.socket.pause();
  expect(await closed(server)).toContain('it took nothing for 2 s (shelf.pauseSeconds)');
});
