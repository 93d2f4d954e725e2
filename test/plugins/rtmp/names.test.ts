// The URLs that people type, and the streams that they name.
import { expect, test } from 'vitest';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import { createGate } from '../../helpers/gate.ts';
import { connectDialogue, openDialogue, playFrom, publishTo } from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

const APPS = { servers: [{ servername: 'live' }, { servername: 'live/inner' }, { servername: 'event-*' }] };

test.each([
  ['live', 'movie', 'live/movie'],
  ['live/', '/movie', 'live/movie'],
  ['/live', 'movie/', 'live/movie'],
  ['live/room', 'movie', 'live/room/movie'],
  ['live', 'room/movie', 'live/room/movie'],
  ['live/inner', 'movie', 'live/inner/movie'],
  ['live?token=a', 'movie', 'live/movie'],
  ['live', 'movie?token=a&x=1', 'live/movie'],
  ['live?vhost=example.org', 'movie?vhost=other', 'live/movie'],
  ['live', 'm%C3%BCnchen%20tv', 'live/münchen tv'],
  ['live', '直播间', 'live/直播间'],
  ['live', '100%', 'live/100%'],
  ['live', 'flv:movie', 'live/movie'],
  ['event-42', 'stage', 'event-42/stage'],
])('application "%s" and name "%s" publish %s', async (app, name, key) => {
  const server = await startServer({ config: APPS });
  const dialogue = await connectDialogue(server.port(), app);
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, [name, 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  expect(server.server.streams.map((stream) => stream.key)).toEqual([key]);
});

test('a publisher and a viewer that cut the same URL differently get the same stream', async () => {
  const server = await startServer();
  const publisher = await connectDialogue(server.port(), 'live/room');
  const streamId = await publisher.createStream();
  publisher.call('publish', 3, ['m%6Fvie?key=1', 'live'], { streamId });
  await publisher.status();
  await playFrom(server.rtmp('live/room/movie?token=2'));
  await expect.poll(() => server.stream('live/room/movie').viewerCount).toBe(1);
});

test('a stream key that is a number is taken as its text', async () => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, [12_345, 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  expect(server.stream('live/12345').state).toBe('live');
});

test('query strings of the application and of the name reach the gates together', async () => {
  const gate = createGate('publish');
  const server = await startServer({ plugins: [gate.plugin] });
  const dialogue = await connectDialogue(server.port(), 'live?user=ann');
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, ['movie?token=a%2Fb', 'live'], { streamId });
  const { query, name } = await gate.asked();
  expect(name).toBe('movie');
  expect(Object.fromEntries(query)).toEqual({ user: 'ann', token: 'a/b' });
  gate.allow();
  await dialogue.status();
});

test.each([
  ['', /The stream name is empty.*stream key/],
  ['?token=1', /The stream name is empty/],
  ['../other', /"\." or "\.\."/],
  ['%2e%2e/other', /"\." or "\.\."/],
  ['a\\b', /backslash/],
  ['a\u0000b', /control character/],
])('the stream name "%s" is rejected, and the encoder is told the reason', async (name, reason) => {
  const server = await startServer();
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, [name, 'live'], { streamId });
  const status = await dialogue.status();
  expect(status).toMatchObject({ level: 'error', code: 'NetStream.Publish.BadName' });
  expect(status.description).toMatch(reason);
  await dialogue.gone();
  expect(server.server.streams).toEqual([]);
});

test.each([
  ['no-such-app', 'NetStream.Publish.Denied', 'there is no application "no-such-app" (servers[].servername)'],
  [
    '',
    'NetStream.Publish.BadName',
    'The application is missing before "movie": the URL is rtmp://HOST/APP/NAME.',
  ],
  ['LIVE', 'NetStream.Publish.Denied', 'there is no application "LIVE" (servers[].servername)'],
])(
  'an application "%s" that is not configured is denied where encoders show it, and the reason names it',
  async (app, code, description) => {
    const server = await startServer();
    const dialogue = await openDialogue(server.port());
    expect(await dialogue.connect(app)).toMatchObject({ name: '_result' });
    dialogue.call('publish', 3, ['movie', 'live'], { streamId: await dialogue.createStream() });
    expect(await dialogue.status()).toMatchObject({ level: 'error', code, description });
    await dialogue.gone();
    expect(server.log.filter(({ msg }) => msg.includes('denied'))).toHaveLength(1);
  },
);

test('a viewer of an application that is not configured is told so when it plays', async () => {
  const server = await startServer();
  const dialogue = await openDialogue(server.port());
  await dialogue.connect('nowhere');
  dialogue.call('play', 3, ['movie', -2000], { streamId: await dialogue.createStream() });
  expect(await dialogue.status()).toMatchObject({
    code: 'NetStream.Play.StreamNotFound',
    description: 'there is no application "nowhere" (servers[].servername)',
  });
});

test.each([
  ['the whole address as application, as OBS without a key has it', 'live/movie', '', undefined],
  ['the whole address with a query as application', 'live/movie?token=x', '', undefined],
  ['an empty application, and the whole address as the name', '', 'live/movie', undefined],
  ['a tcUrl and no application', undefined, 'movie', 'rtmp://test/live'],
])('a publisher with %s publishes live/movie', async (_name, app, name, tcUrl) => {
  const server = await startServer();
  const dialogue = await openDialogue(server.port());
  const object = { ...(app !== undefined && { app }), ...(tcUrl !== undefined && { tcUrl }) };
  dialogue.call('connect', 1, [], { object });
  await dialogue.answer(1);
  dialogue.call('releaseStream', 2, [name]);
  dialogue.call('FCPublish', 3, [name]);
  dialogue.call('publish', 5, [name, 'live'], { streamId: await dialogue.createStream(4) });
  expect(await dialogue.status()).toMatchObject({ code: 'NetStream.Publish.Start' });
  expect(server.server.streams.map(({ key }) => key)).toEqual(['live/movie']);
});

test('the gates of an application that is named late are asked all the same', async () => {
  const gate = definePlugin({
    name: 'gate',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.connect.tap(() => new Denial('forbidden', 'nobody may enter'));
    },
  });
  const server = await startServer({ plugins: [gate] });
  const dialogue = await openDialogue(server.port());
  await dialogue.connect('');
  dialogue.call('publish', 3, ['live/movie', 'live'], { streamId: await dialogue.createStream() });
  expect(await dialogue.status()).toMatchObject({
    code: 'NetStream.Publish.Denied',
    description: 'nobody may enter',
  });
});

test('RTMP that is switched off for an application is denied there and served elsewhere', async () => {
  const server = await startServer({
    config: { servers: [{ servername: 'live' }, { servername: 'web', rtmp: 'disable' }] },
  });
  const dialogue = await openDialogue(server.port());
  await dialogue.connect('web');
  dialogue.call('publish', 3, ['movie', 'live'], { streamId: await dialogue.createStream() });
  expect(await dialogue.status()).toMatchObject({
    code: 'NetStream.Publish.Denied',
    description: 'rtmp is switched off for application "web"',
  });
  await publishTo(server.rtmp('live/movie'));
});
