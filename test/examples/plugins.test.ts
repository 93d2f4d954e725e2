// The example plugins, loaded as an operator's config loads them, and used by real clients.
import { createHmac } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { shortStream } from '../helpers/media/media.ts';
import { freePort } from '../helpers/net.ts';
import { openPlayer, openPublisher, playFrom, publishTo } from '../helpers/rtmp-client.ts';
import { startServer, type TestConfig, type TestServer } from '../helpers/server.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'examples', 'plugins');
const SECRET = 'a secret of many letters';
const IN_2099 = 4_070_908_800;

let directory: string;

beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'livego-examples-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function startWith(file: string, config: TestConfig): Promise<TestServer> {
  return startServer({ config: { plugins: [join(FOLDER, file)], ...config } });
}

function messages(server: TestServer, plugin: string): string[] {
  return server.log.filter((line) => line['plugin'] === plugin).map((line) => line.msg);
}

describe('viewer-log.ts', () => {
  test('writes a line when a viewer disconnects', async () => {
    const server = await startWith('viewer-log.ts', {});
    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(shortStream());
    const player = await playFrom(server.rtmp('live/movie'));
    await player.received(4);
    const left = server.saw('playStop');
    await player.leave();
    await left;
    expect(messages(server, 'viewer-log')).toEqual(['a viewer has left']);
  });
});

describe('token-gate.ts', () => {
  function link(use: string, expires = IN_2099): string {
    const sign = createHmac('sha256', SECRET).update(`${use} live/movie ${expires}`).digest('hex');
    return `live/movie?expires=${expires}&sign=${sign}`;
  }

  test('admits clients with a signed link, and no others', async () => {
    const server = await startWith('token-gate.ts', { 'token-gate': { secret: SECRET, play: true } });
    const denialOf = async (path: string): Promise<string> =>
      (await (await openPublisher(server.rtmp(path))).refused()).description;
    expect(await denialOf('live/movie')).toContain('the link is not signed');
    expect(await denialOf(link('publish', 1))).toContain('the link has run out');
    expect(await denialOf(link('play'))).toContain('the signature does not fit the stream');
    await publishTo(server.rtmp(link('publish')));
    await playFrom(server.rtmp(link('play')));
    expect((await (await openPlayer(server.rtmp('live/movie'))).refused()).description).toContain(
      'the link is not signed',
    );
  });

  test('needs its secret', async () => {
    const start = startWith('token-gate.ts', { 'token-gate': { play: true } });
    await expect(start).rejects.toThrow(/secret/);
  });
});

describe('ask-gate.ts', () => {
  async function service(status: number): Promise<{ url: string; asked: unknown[] }> {
    const asked: unknown[] = [];
    const web = createHttpServer((request, response) => {
      let body = '';
      request.on('data', (bytes: Buffer) => (body += bytes.toString()));
      request.on('end', () => {
        asked.push(JSON.parse(body));
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void web.close());
    return { url: `http://127.0.0.1:${(web.address() as AddressInfo).port}/may-publish`, asked };
  }

  test('asks a web service before a publisher is told that it may start', async () => {
    const { url, asked } = await service(204);
    const server = await startWith('ask-gate.ts', { 'ask-gate': { url } });
    await publishTo(server.rtmp('live/movie?token=abc'));
    const [question] = asked;
    expect(question).toMatchObject({ app: 'live', name: 'movie', token: 'abc' });
  });

  test('denies a publisher that the service denies', async () => {
    const { url } = await service(403);
    const server = await startWith('ask-gate.ts', { 'ask-gate': { url } });
    const status = await (await openPublisher(server.rtmp('live/movie'))).refused();
    expect(status.description).toContain('you may not publish live/movie');
  });

  test('denies every publisher when the service fails', async () => {
    const { url } = await service(500);
    const server = await startWith('ask-gate.ts', { 'ask-gate': { url } });
    const status = await (await openPublisher(server.rtmp('live/movie'))).refused();
    expect(status.description).toContain('the ask-gate check failed');
  });
});

describe('meter.ts', () => {
  const read = async ({ server }: TestServer): Promise<unknown> =>
    (await server.inject('meter.port', { url: '/meter' })).json();

  test('counts the packets of streams, and serves the counts without a socket', async () => {
    const server = await startWith('meter.ts', { meter: { port: '127.0.0.1:0' } });
    const publisher = await publishTo(server.rtmp('live/movie'));
    const player = await playFrom(server.rtmp('live/movie'));
    const packets = shortStream();
    await publisher.sendAll(packets);
    await player.received(packets.length);
    const bytes = packets.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(await read(server)).toEqual({ 'live/movie': { packets: packets.length, bytes } });
  });

  test('serves on the port of HTTP-FLV when both name the same address', async () => {
    const port = `127.0.0.1:${await freePort()}`;
    const server = await startWith('meter.ts', { httpflv: { port }, meter: { port } });
    const response = await fetch(server.http('meter'));
    expect(await response.json()).toEqual({});
  });
});

describe('stand-in.ts', () => {
  test('shows the slate until the publisher connects, and viewers stay', async () => {
    const server = await startWith('stand-in.ts', { 'stand-in': 'enable' });
    const slate = await publishTo(server.rtmp('live/slate'));
    const watching = await playFrom(server.rtmp('live/slate'));
    await slate.sendAll(shortStream({ groups: 1 }));
    await watching.received(4);
    const viewer = await playFrom(server.rtmp('live/movie'));
    await viewer.received(12);
    expect(server.stream('live/movie').publisher?.client.protocol).toBe('stand-in');

    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(shortStream({ groups: 1 }));
    await viewer.received(24);
    expect(server.stream('live/movie').publisher?.client.protocol).toBe('rtmp');
    expect(viewer.closed).toBe(false);
  });

  test('ends with its last viewer', async () => {
    const server = await startWith('stand-in.ts', { 'stand-in': 'enable', idleProviderMs: 0 });
    const slate = await publishTo(server.rtmp('live/slate'));
    await slate.sendAll(shortStream({ groups: 1 }));
    const started = server.saw('streamStart', 1);
    const viewer = await playFrom(server.rtmp('live/movie'));
    await started;
    await viewer.received(4);
    const over = server.saw('streamStop');
    await viewer.leave();
    await over;
    expect(server.server.streams.map(({ key }) => key)).toEqual(['live/slate']);
  });
});

describe('stream-log.js', () => {
  test('adds a line for each stream that starts and ends', async () => {
    const file = join(directory, 'streams.jsonl');
    const server = await startWith('stream-log.js', { 'stream-log': { file } });
    const publisher = await publishTo(server.rtmp('live/movie'));
    const over = server.saw('streamStop');
    await publisher.leave();
    await over;
    await server.stop();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { event: 'start', stream: 'live/movie' },
      { event: 'stop', stream: 'live/movie', why: 'unpublished', packets: 0 },
    ]);
  });

  test('rejects a config whose file cannot be written', async () => {
    const file = join(directory, 'missing', 'streams.jsonl');
    await expect(startWith('stream-log.js', { 'stream-log': { file } })).rejects.toThrow(
      /plugin stream-log could not be started: ENOENT/,
    );
  });
});

describe('hook-tour.ts', () => {
  test('resolves an alias to its stream', async () => {
    const server = await startWith('hook-tour.ts', { 'hook-tour': { aliases: { door: 'camera-7' } } });
    await publishTo(server.rtmp('live/door'));
    expect(server.server.streams.map(({ key }) => key)).toEqual(['live/camera-7']);
  });

  test('denies reserved names, and viewers that are not members', async () => {
    const server = await startWith('hook-tour.ts', { 'hook-tour': { members: ['ann'] } });
    expect((await (await openPublisher(server.rtmp('live/_x'))).refused()).description).toContain('reserved');
    expect((await (await openPlayer(server.rtmp('live/x?member=eve'))).refused()).description).toContain(
      'for members',
    );
    await playFrom(server.rtmp('live/x?member=ann'));
  });

  test('denies the connection of a banned address', async () => {
    const server = await startWith('hook-tour.ts', { 'hook-tour': { banned: ['127.0.0.1'] } });
    await (await openPublisher(server.rtmp('live/x'))).refused();
    expect(server.log.map((line) => line.msg)).toContain('live connection denied: 127.0.0.1 is banned');
  });

  test('puts its metric among the others', async () => {
    const server = await startWith('hook-tour.ts', {});
    const publisher = await publishTo(server.rtmp('live/movie'));
    await publisher.sendAll(shortStream());
    const joined = server.saw('playStart');
    await playFrom(server.rtmp('live/movie'));
    await joined;
    const sample = server.server.metrics().find(({ metric }) => metric.name === 'hook_tour_peak_viewers');
    expect(sample).toMatchObject({ value: 1, labels: { app: 'live' } });
  });
});
