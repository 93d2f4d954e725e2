// The URLs that people type, and the streams that they name.
import { expect, test } from 'vitest';
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
  ['no-such-app', 'there is no application "no-such-app" (servers[].servername)'],
  ['', 'there is no application "" (servers[].servername)'],
  ['LIVE', 'there is no application "LIVE" (servers[].servername)'],
])(
  'an application "%s" that is not configured is denied, and the reason names it',
  async (app, description) => {
    const server = await startServer();
    const dialogue = await openDialogue(server.port());
    expect(await dialogue.connect(app)).toMatchObject({
      name: '_error',
      args: [{ level: 'error', code: 'NetConnection.Connect.InvalidApp', description }],
    });
    await dialogue.gone();
  },
);

test('RTMP that is switched off for an application is denied there and served elsewhere', async () => {
  const server = await startServer({
    config: { servers: [{ servername: 'live' }, { servername: 'web', rtmp: 'disable' }] },
  });
  const dialogue = await openDialogue(server.port());
  expect(await dialogue.connect('web')).toMatchObject({
    args: [
      { code: 'NetConnection.Connect.InvalidApp', description: 'rtmp is switched off for application "web"' },
    ],
  });
  await publishTo(server.rtmp('live/movie'));
});
