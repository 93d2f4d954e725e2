import { describe, expect, test } from 'vitest';
import { definePlugin } from 'livego';
import { samplePackets } from 'livego/testing';
import demo from '../../../plugins/demo/index.ts';
import type { ServerFacts } from '../../../plugins/demo/server-facts.ts';
import httpflv from '../../../plugins/httpflv/index.ts';
import { startWorkers } from '../../core/workers/workers-kit.ts';
import { shortStream } from '../../helpers/media/media.ts';
import { publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

test('the page, its script and its players are at the address of HTTP-FLV', async () => {
  const server = await startServer();
  const types: string[] = [];
  for (const path of ['', 'demo/page.css', 'demo/page.js', 'demo/mpegts.js', 'demo/hls.js']) {
    const answer = await fetch(server.http(path));
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
    types.push(answer.headers.get('content-type') ?? '');
    const again = await fetch(server.http(path), {
      headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
    });
    expect(again.status, path).toBe(304);
  }
  expect(types.map((type) => type.split(';', 1)[0])).toEqual([
    'text/html',
    'text/css',
    'text/javascript',
    'text/javascript',
    'text/javascript',
  ]);
  expect(server.log.map(({ msg }) => msg)).toContain(
    `in a browser: http://127.0.0.1:${server.port('httpflv.port')}/`,
  );
});

test('it is at the address of HLS where HTTP-FLV is off, and nowhere where both are', async () => {
  const config = { hls: { port: '127.0.0.1:0' } };
  const server = await startServer({ config });
  const status = async () => (await fetch(`http://127.0.0.1:${server.port('hls.port')}/`)).status;
  expect(await status()).toBe(404);
  await server.reload({ ...config, httpflv: { enabled: false } });
  expect(await status()).toBe(200);
  await server.reload({ ...config, httpflv: { enabled: false }, demo: 'disable' });
  expect(await status()).toBe(404);
});

describe('the list of streams', () => {
  test('tells what is live, and the ports of each protocol', async () => {
    const server = await startServer({
      config: { hls: { port: '127.0.0.1:0' }, servers: [{ servername: 'live' }, { servername: 'event-*' }] },
    });
    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(shortStream());
    const facts = await (await fetch(server.http('demo/streams'))).json();
    expect(facts).toMatchObject({
      applications: ['live'],
      port: server.port('httpflv.port'),
      ports: { rtmp: server.port(), 'http-flv': server.port('httpflv.port'), hls: server.port('hls.port') },
      streams: [{ app: 'live', name: 'movie', title: 'live/movie', viewers: 0, video: 'avc', audio: 'aac' }],
      streamCount: 1,
    });
  });

  test('has the streams of all workers, whichever a browser reaches', async () => {
    const port = '127.0.0.1:0';
    const workers = await startWorkers({
      config: { httpflv: { port } },
      plugins: () => [httpflv, demo],
    });
    for (const number of [1, 2]) {
      const publisher = await workers.of(number).publish(`live/of-${number}`);
      publisher.send(...samplePackets());
    }
    for (const number of [1, 2, 3]) {
      const facts = (await workers.of(number).get('httpflv.port', '/demo/streams')).json<ServerFacts>();
      expect(facts.streams.map(({ title }) => title).toSorted()).toEqual(['live/of-1', 'live/of-2']);
    }
  });

  test('has no name that may be a secret', async () => {
    const secretive = definePlugin({
      name: 'secretive',
      schema: { type: 'object', properties: {} },
      app: ({ hooks }) => hooks.resolveName.tap(() => undefined, { secret: true }),
    });
    const server = await startServer({ plugins: [secretive] });
    await publishTo(server.rtmp('live/key-of-the-channel'));
    const text = await (await fetch(server.http('demo/streams'))).text();
    expect(text).not.toContain('key-of-the-channel');
    expect(JSON.parse(text).streams).toMatchObject([{ app: 'live', title: 'live/***' }]);
  });

  test('cannot be read by pages of other origins', async () => {
    const server = await startServer();
    const answer = await fetch(server.http('demo/streams'), {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});
