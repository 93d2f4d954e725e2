// What a web service is told, in the format of this server.
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import auth from '../../../plugins/auth/index.ts';
import { definePlugin, type AppContext } from '../../../core/plugin/plugin.ts';
import { admitted, metricOf, tryPublish } from '../auth/auth-kit.ts';
import { notifyServer, startWebService, type Heard } from './notify-kit.ts';

afterEach(() => void vi.useRealTimers());

const CLIENT = {
  remote: '192.0.2.7:5000',
  pageUrl: 'https://example.org/',
  userAgent: 'OBS',
  tcUrl: 'rtmp://h/live',
};

test('the life of a stream, with ids that join its events up', async () => {
  const service = await startWebService();
  const server = await notifyServer({ url: service.url, serverId: 'one' });
  const publisher = admitted(await server.publish('live/movie?token=abc&key=hush', CLIENT));
  const viewer = admitted(await server.play('live/movie'));
  viewer.leave();
  publisher.leave();
  await service.next(({ json }) => json.type === 'stream_done');
  const isStream = ({ json }: Heard) => !/connect/.test(json.type);
  const events = service.heard.filter(isStream).map(({ json }) => json);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['stream_start', 'publish', 'play', 'play_done', 'publish_done', 'stream_done']),
  );
  const order = events.filter(({ type }) => type !== 'reload').map(({ type }) => type);
  expect(order).toEqual(['stream_start', 'publish', 'play', 'play_done', 'publish_done', 'stream_done']);
  const published = events.find(({ type }) => type === 'publish')!;
  expect(published).toMatchObject({
    server: 'one',
    data: {
      app: 'live',
      name: 'movie',
      role: 'publish',
      client: {
        protocol: 'test',
        address: '192.0.2.7',
        pageUrl: 'https://example.org/',
        userAgent: 'OBS',
        tcUrl: 'rtmp://h/live',
      },
      parameters: { token: 'abc' },
      counters: { receivedBytes: 0 },
    },
  });
  expect(Date.now() - Date.parse(published.timestamp)).toBeLessThan(60_000);
  const done = events.find(({ type }) => type === 'publish_done')!;
  expect(done.data).toMatchObject({
    session: published.data.session,
    cause: { code: 'left' },
    parameters: { token: 'abc' },
  });
  const connects = service.heard
    .filter(({ json }) => json.type === 'connect')
    .map(({ json }) => json.data.client.id);
  expect(connects).toContain(published.data.client.id);
  await service.next(
    ({ json }) => json.type === 'disconnect' && json.data.client.id === published.data.client.id,
  );
  expect(JSON.stringify(service.heard.map(({ body }) => body))).not.toContain('hush');
});

test('requests are signed as Standard Webhooks has it: a ready library verifies them, and no others', async () => {
  const secret = `whsec_${Buffer.from('a key of twenty-four byt').toString('base64')}`;
  const service = await startWebService();
  const server = await notifyServer({ url: service.url, secret, gate: ['publish'] });
  admitted(await server.publish('live/movie'));
  const event = await service.next(({ json }) => json.type === 'publish');
  const question = await service.next(({ json }) => json.type === 'publish_request');
  for (const { body, headers } of [event, question]) {
    const signed = headers as Record<string, string>;
    expect(new Webhook(secret).verify(body, signed)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(`${body} `, signed)).toThrow();
    expect(() =>
      new Webhook(`whsec_${Buffer.from('another').toString('base64')}`).verify(body, signed),
    ).toThrow();
  }
  expect(event.headers['webhook-id']).not.toBe(question.headers['webhook-id']);
  expect(JSON.stringify(server.log)).not.toContain(secret);
});

describe('a client that was denied', () => {
  test('is told as such, and never as something that ended', async () => {
    const service = await startWebService();
    const secret = 'a secret of sufficient length';
    const server = await notifyServer({ url: service.url }, { auth: { sign: { secret } } }, [auth]);
    await tryPublish(server, 'live/movie?sign=x', CLIENT);
    const told = await service.next(({ json }) => json.type === 'denied');
    expect(told.json.data).toMatchObject({
      app: 'live',
      name: 'movie',
      role: 'publish',
      code: 'unauthorized',
      reason: 'the link does not say when it expires',
      client: { address: '192.0.2.7' },
    });
    await service.next(({ json }) => json.type === 'disconnect');
    expect(
      service.heard.map(({ json }) => json.type).filter((type) => /done|publish|stream/.test(type)),
    ).toEqual([]);
  });

  test('with a channel key that is wrong is told without it', async () => {
    const service = await startWebService();
    const options = { channelKeys: true, keyStore: { file: '/nonexistent/keys.json' } };
    const server = await notifyServer({ url: service.url }, { auth: options }, [auth]);
    await tryPublish(server, `live/${'k'.repeat(48)}`);
    const { json } = await service.next((heard) => heard.json.type === 'denied');
    expect(json.data.name).toBe('***');
    expect(JSON.stringify(service.heard.map(({ body }) => body))).not.toContain('kkkk');
  });
});

test('a segment, a recording and a reload', async () => {
  const service = await startWebService();
  let context: AppContext | undefined;
  const recorder = definePlugin({
    name: 'recorder',
    schema: { type: 'object', properties: {} },
    app: (given) => void (context = given),
  });
  const server = await notifyServer(
    { url: service.url, events: ['segment_done', 'record_done', 'reload'] },
    {},
    [recorder],
  );
  const file = {
    app: 'live',
    name: 'movie',
    session: '0001',
    bytes: 7,
    durationMs: 2000,
    startedAt: new Date(0),
    endedAt: new Date(2000),
  };
  context!.fileEnd({ ...file, kind: 'segment', path: '/tmp/1.ts' });
  context!.fileEnd({ ...file, kind: 'recording', path: '/tmp/a.flv' });
  await server.reload({ notify: { url: service.url, events: ['reload'] }, gop_num: 2 });
  const told = await service.next(({ json }) => json.type === 'reload' && json.data.generation === 2);
  expect(told.json.data).toMatchObject({ outcome: 'applied' });
  const recording = await service.next(({ json }) => json.type === 'record_done');
  expect(recording.json.data).toMatchObject({
    plugin: 'recorder',
    path: '/tmp/a.flv',
    endedAt: '1970-01-01T00:00:02.000Z',
  });
  const segment = await service.next(({ json }) => json.type === 'segment_done');
  expect(segment.json.data).toMatchObject({ path: '/tmp/1.ts', durationMs: 2000 });
});

test('what plugins announce, in the order of the stream, under the plugin’s own word', async () => {
  const service = await startWebService();
  const others = await startWebService();
  let context: AppContext | undefined;
  const drummer = definePlugin({
    name: 'drummer',
    schema: { type: 'object', properties: {} },
    app: (given) => void (context = given),
  });
  await notifyServer({ url: service.url, urls: { other: others.url, engine_up: '' } }, {}, [drummer]);
  const place = { app: 'live', name: 'movie' };
  context!.announce({ ...place, kind: 'relay_up', details: { relay: 'push-1', peer: 'rtmp://h/live/***' } });
  context!.announce({ ...place, kind: 'engine_up', details: {} });
  context!.announce({ ...place, kind: 'relay_down', details: { relay: 'push-1', reason: 'it was stopped' } });
  context!.announce({ ...place, kind: 'drum_roll', details: { beats: 4 } });
  await service.next(({ json }) => json.type === 'relay_down');
  const told = service.heard.map(({ json }) => json).filter(({ type }) => /relay|engine|drum/.test(type));
  expect(told.map(({ type, data }) => [type, data])).toEqual([
    ['relay_up', { plugin: 'drummer', ...place, relay: 'push-1', peer: 'rtmp://h/live/***' }],
    ['relay_down', { plugin: 'drummer', ...place, relay: 'push-1', reason: 'it was stopped' }],
  ]);
  const { json } = await others.next(() => true);
  expect(json).toMatchObject({ type: 'drum_roll', data: { plugin: 'drummer', beats: 4 } });
});

test('the figures of each session at intervals', async () => {
  const service = await startWebService();
  const server = await notifyServer({ url: service.url, updateSeconds: 1, events: ['update'] });
  admitted(await server.publish('live/movie'));
  const { json } = await service.next((heard) => heard.json.type === 'update');
  expect(json.data).toMatchObject({ name: 'movie', role: 'publish', counters: { receivedBytes: 0 } });
});

test('only the events that the config names are told, each to its URL', async () => {
  const [all, some] = [await startWebService(), await startWebService()];
  const server = await notifyServer({
    url: all.url,
    urls: { play: some.url, play_done: '' },
    events: ['publish', 'play', 'play_done', 'publish_done'],
  });
  const publisher = admitted(await server.publish('live/movie'));
  admitted(await server.play('live/movie')).leave();
  publisher.leave();
  await all.next(({ json }) => json.type === 'publish_done');
  await some.next(({ json }) => json.type === 'play');
  expect(all.heard.map(({ json }) => json.type)).toEqual(['publish', 'publish_done']);
  expect(some.heard).toHaveLength(1);
  await expect.poll(() => metricOf(server, 'notify_events_delivered_total')).toEqual({ '': 3 });
});

test('the classic key notifyurl is the URL, and an empty one tells nothing', async () => {
  const service = await startWebService();
  const server = await notifyServer({}, { notify: {}, notifyurl: service.url });
  admitted(await server.publish('live/movie'));
  await service.next(({ json }) => json.type === 'publish');
  const silent = await notifyServer({}, { notify: {}, notifyurl: '' });
  admitted(await silent.publish('live/movie'));
  expect(metricOf(silent, 'notify_events_queued')).toEqual({ '': 0 });
});
