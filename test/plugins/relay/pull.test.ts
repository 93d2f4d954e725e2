import { expect, test } from 'vitest';
import { clip, probePackets, publish, watch } from '../../helpers/media/ffmpeg.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { startServer } from '../../helpers/server.ts';
import { isLive, startRelaying } from './relay-kit.ts';

test.each(['rtmp', 'http', 'ws'] as const)(
  'A stream that is pulled by %s arrives packet by packet as its source has it',
  async (protocol) => {
    const origin = await startServer();
    const file = await clip({ seconds: 3 });
    const path = protocol === 'rtmp' ? 'live/movie' : 'live/movie.flv';
    const edge = await startRelaying({
      pull: [{ url: origin[protocol](path), name: 'copy' }],
      keepViewersMs: 0,
    });
    const watcher = watch(edge.rtmp('live/copy'));
    await edge.saw('play');
    publish({ file, url: origin.rtmp('live/movie') });
    const live = await edge.until(isLive);
    expect(live).toMatchObject({ kind: 'pull', origin: 'config', app: 'live', name: 'copy' });
    expectSamePackets(await probePackets(file), await watcher.packets);
  },
);

test('An edge carries a stream once from its origin, however many viewers it has', async () => {
  const origin = await startServer();
  const edge = await startRelaying({ onDemand: [origin.rtmp('{app}/{name}')], keepViewersMs: 0 });
  const file = await clip({ seconds: 3 });
  const joined = edge.saw('playStart', 2);
  const viewers = [watch(edge.rtmp('live/movie')), watch(edge.http('live/movie.flv'))];
  await edge.saw('play', 2);
  publish({ file, url: origin.rtmp('live/movie') });
  await joined;
  expect(await edge.relays()).toMatchObject([
    { kind: 'pull', origin: 'demand', name: 'movie', state: 'live' },
  ]);
  expect(origin.stream('live/movie').viewerCount).toBe(1);
  const source = await probePackets(file);
  for (const viewer of viewers) expectSamePackets(source, await viewer.packets);
});

test('An edge drops a stream when its last viewer has left', async () => {
  const origin = await startServer();
  const edge = await startRelaying({ onDemand: origin.rtmp('{app}/{name}') }, { idleProviderMs: 100 });
  publish({ file: await clip({ seconds: 3 }), url: origin.rtmp('live/movie'), repeat: 'forever' });
  await origin.saw('streamStart');
  expect(await edge.relays()).toEqual([]);
  const viewer = watch(edge.rtmp('live/movie'));
  await edge.saw('playStart');
  const [ended, left] = [edge.saw('streamStop'), origin.saw('playStop')];
  await viewer.stop();
  await Promise.all([ended, left]);
  expect(await edge.relays()).toEqual([]);
});

test('A viewer of a stream that no source has is told so at once', async () => {
  const origin = await startServer({ config: { waitForPublisherMs: 0 } });
  const edge = await startRelaying({ onDemand: [origin.http('{app}/{name}.flv')] });
  const response = await fetch(edge.http('live/nothing.flv'));
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ reason: expect.stringContaining('HTTP 404') as string });
  expect(await edge.relays()).toEqual([]);
});

test('The sources of a list are tried in turn', async () => {
  const empty = await startServer({ config: { waitForPublisherMs: 0 } });
  const origin = await startServer();
  const edge = await startRelaying({
    onDemand: [empty.http('{app}/{name}.flv'), origin.rtmp('live/{name}')],
  });
  const file = await clip({ seconds: 3 });
  publish({ file, url: origin.rtmp('live/movie'), repeat: 'forever' });
  await origin.saw('streamStart');
  const viewer = watch(edge.rtmp('live/movie'));
  await edge.saw('playStart');
  const [relay] = await edge.relays();
  expect(relay).toMatchObject({
    peer: origin.rtmp('live/movie'),
    lastError: 'the peer answered HTTP 404 Not Found',
  });
  await viewer.stop();
});

test.each([
  [false, ''],
  [true, 'token=abc&lang=de'],
  [['lang'], 'lang=de'],
])('With passQuery: %j a source gets "%s" of what the viewer gave', async (passQuery, expected) => {
  const queries: string[] = [];
  const origin = await startServer({
    plugins: [
      {
        name: 'spy',
        schema: { type: 'object', properties: {} },
        app: ({ hooks }) => hooks.play.tap(({ query }) => void queries.push(query.toString())),
      },
    ],
  });
  const edge = await startRelaying({ onDemand: origin.http('{app}/{name}.flv'), passQuery });
  publish({ file: await clip({ seconds: 3 }), url: origin.rtmp('live/movie') });
  await origin.saw('streamStart');
  const viewer = watch(edge.http('live/movie.flv?token=abc&lang=de'));
  await edge.saw('playStart');
  expect(queries).toEqual([expected]);
  const [relay] = await edge.relays();
  expect(relay?.peer).not.toContain('abc');
  expect(JSON.stringify(edge.log.filter(({ plugin }) => plugin === 'relay'))).not.toContain('abc');
  await viewer.stop();
});

test('A stream that is pulled is pushed on', async () => {
  const [origin, target] = [await startServer(), await startServer()];
  const middle = await startRelaying({
    pull: [{ url: origin.rtmp('live/movie'), name: 'copy' }],
    push: [target.rtmp('live')],
  });
  const started = target.saw('streamStart');
  publish({ file: await clip({ seconds: 3 }), url: origin.rtmp('live/movie'), repeat: 'forever' });
  await started;
  await middle.until(({ kind, state }) => kind === 'push' && state === 'live');
  expect(target.stream('live/copy').publisher?.client.protocol).toBe('rtmp');
});
