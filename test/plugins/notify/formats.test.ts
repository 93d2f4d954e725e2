// Back ends that were written for other servers, from their documentation alone.
import { describe, expect, test } from 'vitest';
import { definePlugin, type AppContext } from '../../../core/plugin/plugin.ts';
import { admitted, metricOf, tryPlay, tryPublish } from '../auth/auth-kit.ts';
import { answering, notifyServer, startWebService, type Behaviour } from './notify-kit.ts';

const CLIENT = {
  remote: '192.0.2.7:5000',
  tcUrl: 'rtmp://h/live',
  pageUrl: 'https://example.org/',
  userAgent: 'FMLE/3.0',
};

describe('a callback server of SRS', () => {
  /** https://ossrs.io/lts/en-us/docs/v6/doc/http-callback: 200 and `0`, or `{"code":0}`; a token in `param`. */
  const backEnd: Behaviour = ({ json }, response) => {
    const isFine = json.action !== 'on_publish' || String(json['param']).includes('token=abc');
    response.writeHead(200).end(isFine ? '0' : JSON.stringify({ code: 403, msg: 'no' }));
  };

  test('allows and denies, and hears each action once, with its fields', async () => {
    const service = await startWebService(backEnd);
    const server = await notifyServer({ url: service.url, format: 'srs', serverId: 'vid-1' });
    expect(await tryPublish(server, 'live/movie?token=wrong', CLIENT)).toMatch(/^forbidden/);
    service.heard.length = 0;
    const publisher = admitted(await server.publish('live/movie?token=abc', CLIENT));
    const viewer = admitted(await server.play('live/movie', CLIENT));
    viewer.leave();
    publisher.leave();
    const closed = (): number => service.heard.filter(({ json }) => json.action === 'on_close').length;
    await expect.poll(closed).toBeGreaterThan(1);
    await service.next(({ json }) => json.action === 'on_unpublish');
    const actions = service.heard.map(({ json }) => json.action).filter((action) => action !== 'on_close');
    expect(actions.sort()).toEqual([
      'on_connect',
      'on_connect',
      'on_play',
      'on_publish',
      'on_stop',
      'on_unpublish',
    ]);
    const published = service.heard.find(({ json }) => json.action === 'on_publish')!.json;
    expect(published).toEqual({
      server_id: 'vid-1',
      service_id: 'livego',
      action: 'on_publish',
      client_id: expect.stringMatching(/^\w+$/),
      ip: '192.0.2.7',
      vhost: '__defaultVhost__',
      app: 'live',
      tcUrl: 'rtmp://h/live',
      stream: 'movie',
      param: '?token=abc',
      stream_url: '/live/movie',
      stream_id: 'vid-live-movie',
    });
    const unpublished = service.heard.find(({ json }) => json.action === 'on_unpublish')!.json;
    expect(unpublished).toMatchObject({
      client_id: published['client_id'],
      stream: 'movie',
      param: '?token=abc',
    });
    const play = service.heard.find(({ json }) => json.action === 'on_play')!.json;
    expect(play).toMatchObject({ pageUrl: 'https://example.org/', stream: 'movie' });
    const close = service.heard.find(
      ({ json }) => json['client_id'] === published['client_id'] && json.action === 'on_close',
    );
    expect(close?.json).toMatchObject({ send_bytes: 0, recv_bytes: 0 });
  });

  test.each([
    [200, '0', 'admitted'],
    [200, ' 0\n', 'admitted'],
    [200, '{"code":0}', 'admitted'],
    [200, '{"code": 0, "data": {}}', 'admitted'],
    [200, '1', 'forbidden'],
    [200, '', 'forbidden'],
    [200, '{"code":1}', 'forbidden'],
    [200, '00', 'forbidden'],
    [201, '0', 'forbidden'],
    [403, '0', 'forbidden'],
    [500, '0', 'unavailable'],
  ])('an answer %i %j means %s', async (status, body, expected) => {
    const service = await startWebService(answering(status, body));
    const server = await notifyServer({ url: service.url, format: 'srs', events: [] });
    expect((await tryPublish(server, 'live/movie')).split(':', 1)[0]).toBe(expected);
  });
});

describe('a server that was written for nginx-rtmp', () => {
  const form = (body: string): Record<string, string> => Object.fromEntries(new URLSearchParams(body));

  test('hears its calls as forms, once each, with the client’s own arguments', async () => {
    const service = await startWebService();
    const options = { url: service.url, format: 'nginx-rtmp', hideParameters: [] };
    const server = await notifyServer(options);
    const publisher = admitted(await server.publish('live/movie?key=abc&call=forged&name=other', CLIENT));
    admitted(await server.play('live/movie', CLIENT)).leave();
    publisher.leave();
    await service.next(({ body }) => form(body)['call'] === 'publish_done');
    await service.next(({ body }) => form(body)['call'] === 'play_done');
    await expect
      .poll(() => service.heard.filter(({ body }) => form(body)['call'] === 'disconnect').length)
      .toBe(2);
    const calls = service.heard.map(({ body }) => form(body)['call']).filter((call) => call !== 'disconnect');
    expect(calls.map(String).sort()).toEqual([
      'connect',
      'connect',
      'play',
      'play_done',
      'publish',
      'publish_done',
    ]);
    const published = service.heard.find(({ body }) => form(body)['call'] === 'publish')!;
    expect(published.method).toBe('POST');
    expect(published.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(form(published.body)).toEqual({
      app: 'live',
      flashver: 'FMLE/3.0',
      swfurl: '',
      tcurl: 'rtmp://h/live',
      pageurl: 'https://example.org/',
      addr: '192.0.2.7',
      call: 'publish',
      clientid: expect.stringMatching(/^\w+$/),
      name: 'movie',
      type: 'live',
      key: 'abc',
    });
    const done = service.heard.find(({ body }) => form(body)['call'] === 'publish_done')!;
    expect(form(done.body)).toMatchObject({
      clientid: form(published.body)['clientid'],
      name: 'movie',
      key: 'abc',
    });
  });

  test('hears the same by GET', async () => {
    const service = await startWebService();
    const server = await notifyServer({
      url: `${service.url}?from=livego`,
      format: 'nginx-rtmp',
      method: 'GET',
    });
    await tryPublish(server, 'live/movie');
    const { method, path, body } = await service.next((heard) => heard.path.includes('call=publish&'));
    expect([method, body]).toEqual(['GET', '']);
    expect(path).toMatch(/^\/hook\?from=livego&app=live&/);
  });

  test.each([
    [200, '', 'admitted'],
    [201, 'whatever', 'admitted'],
    [403, '', 'forbidden: the web service answered 403'],
    [500, '', 'forbidden: the web service answered 500'],
  ])('an answer %i means: %s', async (status, body, expected) => {
    const service = await startWebService(answering(status, body));
    const server = await notifyServer({ url: service.url, format: 'nginx-rtmp', events: [] });
    expect(await tryPlay(server, 'live/movie')).toBe(expected);
  });

  test('a redirect renames the stream, and goes nowhere', async () => {
    const service = await startWebService(({ body }, response) => {
      const isPublish = form(body)['call'] === 'publish';
      response.writeHead(isPublish ? 302 : 200, { location: 'rtmp://127.0.0.1/live/room%207' }).end();
    });
    const server = await notifyServer({ url: service.url, format: 'nginx-rtmp', rename: true });
    admitted(await server.publish('live/secret-name'));
    expect(server.streams().map(({ key }) => key)).toEqual(['live/room 7']);
  });

  test('updates tell what a session does', async () => {
    const service = await startWebService();
    const server = await notifyServer({ url: service.url, format: 'nginx-rtmp', updateSeconds: 1 });
    admitted(await server.publish('live/movie'));
    const { body } = await service.next((heard) => form(heard.body)['call'] === 'update_publish');
    expect(form(body)).toMatchObject({ app: 'live', name: 'movie', time: expect.stringMatching(/^\d+$/) });
  });

  test('ends a session by its answer to an update, and no other session', async () => {
    const service = await startWebService(({ body }, response) => {
      const { call, name } = form(body);
      response.writeHead(call?.startsWith('update') && name === 'movie' ? 404 : 204).end();
    });
    const server = await notifyServer({ url: service.url, format: 'nginx-rtmp', updateSeconds: 1 });
    const publisher = admitted(await server.publish('live/movie'));
    const other = admitted(await server.publish('live/other'));
    await expect
      .poll(() => publisher.ended)
      .toEqual({
        code: 'denied',
        message: 'the web service answered 404 to an update',
      });
    const seen = service.heard.length;
    await expect
      .poll(() => service.heard.slice(seen).map(({ body }) => form(body)))
      .toContainEqual(expect.objectContaining({ call: 'update_publish', name: 'other' }));
    expect(other.ended).toBeUndefined();
    expect(metricOf(server, 'notify_questions_total')).toMatchObject({ denied: 1 });
  });

  test('that is away, or sends updates elsewhere, ends no session', async () => {
    const service = await startWebService();
    const server = await notifyServer({ url: service.url, format: 'nginx-rtmp', updateSeconds: 1 });
    const publisher = admitted(await server.publish('live/movie'));
    service.behave = answering(302, '', { location: 'http://127.0.0.1:1/' });
    await service.next(({ body }) => form(body)['call'] === 'update_publish');
    await service.die();
    await expect.poll(() => metricOf(server, 'notify_questions_total')['failed']).toBe(1);
    expect(publisher.ended).toBeUndefined();
  });
});

describe('a server that was written for node-media-server', () => {
  test('hears pre, post and done, and only 200 allows', async () => {
    let context: AppContext | undefined;
    const recorder = definePlugin({
      name: 'recorder',
      schema: { type: 'object', properties: {} },
      app: (given) => void (context = given),
    });
    const service = await startWebService();
    const server = await notifyServer({ url: service.url, format: 'node-media-server' }, {}, [recorder]);
    const publisher = admitted(await server.publish('live/movie?token=abc', CLIENT));
    admitted(await server.play('live/movie', CLIENT)).leave();
    publisher.leave();
    context!.fileEnd({
      ...{ app: 'live', name: 'movie', session: '0001', bytes: 7, durationMs: 1, path: '/tmp/a.flv' },
      ...{ kind: 'recording', startedAt: new Date(5), endedAt: new Date(6) },
    });
    const actions = (): unknown[] => service.heard.map(({ json }) => json.action);
    await expect.poll(actions).toHaveLength(7);
    expect(actions().map(String).sort()).toEqual(
      ['prePublish', 'postPublish', 'donePublish', 'prePlay', 'postPlay', 'donePlay', 'doneRecord'].sort(),
    );
    const ofPublisher = service.heard.map(({ json }) => json).filter(({ action }) => /Publish/.test(action));
    expect(ofPublisher[0]).toMatchObject({
      ip: '192.0.2.7',
      app: 'live',
      name: 'movie',
      query: { token: 'abc' },
      protocol: 'test',
      endtime: 0,
      inbytes: 0,
      outbytes: 0,
      filePath: '',
    });
    expect(new Set(ofPublisher.map(({ id }) => id)).size).toBe(1);
    const recorded = service.heard.find(({ json }) => json.action === 'doneRecord')!.json;
    expect(recorded).toMatchObject({ filePath: '/tmp/a.flv', createtime: 5, endtime: 6, inbytes: 7 });
    service.behave = answering(204);
    expect(await tryPublish(server, 'live/other')).toBe('forbidden: the web service answered 204');
  });
});
