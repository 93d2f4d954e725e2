// Plugins may deny publishers and players, and may take time to decide.
import { expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { createGate } from '../../helpers/gate.ts';
import { describePackets, shortStream } from '../../helpers/media/media.ts';
import {
  connectDialogue,
  openDialogue,
  openPlayer,
  openPublisher,
  playFrom,
  publishTo,
} from '../../helpers/rtmp-client.ts';
import { startServer } from '../../helpers/server.ts';

test('a publisher is not told Start before its gate has answered', async () => {
  const gate = createGate('publish');
  const server = await startServer({ plugins: [gate.plugin] });
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, ['movie?token=secret', 'live'], { streamId });
  dialogue.call('getStreamLength', 4, ['movie']);
  const request = await gate.asked();
  expect(request).toMatchObject({ app: 'live', name: 'movie' });
  expect(request.query.get('token')).toBe('secret');
  expect(
    dialogue.heard.filter((heard) => heard.kind === 'command').map((heard) => heard.command.name),
  ).not.toContain('onStatus');
  expect(server.server.streams).toEqual([]);
  gate.allow();
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  // The response to a later command follows after the gate, in order.
  expect((await dialogue.answer(4)).name).toBe('_result');
});

test('media right behind publish, in the same segment, is kept while the gate decides, and reaches the viewers', async () => {
  const gate = createGate('publish');
  const server = await startServer({ plugins: [gate.plugin] });
  const player = await openPlayer(server.rtmp('live/movie'));
  await player.ready();
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  const packets = shortStream();
  dialogue.socket.cork();
  dialogue.call('publish', 3, ['movie', 'live'], { streamId });
  for (const packet of packets) dialogue.send(packet, streamId);
  dialogue.socket.uncork();
  await gate.asked();
  gate.allow();
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('media behind a denied publish is dropped, and the publisher is told the reason', async () => {
  const gate = createGate('publish');
  const server = await startServer({ plugins: [gate.plugin], config: { waitForPublisherMs: 0 } });
  const dialogue = await connectDialogue(server.port());
  const streamId = await dialogue.createStream();
  dialogue.socket.cork();
  dialogue.call('publish', 3, ['movie', 'live'], { streamId });
  for (const packet of shortStream()) dialogue.send(packet, streamId);
  dialogue.socket.uncork();
  await gate.asked();
  gate.deny(new Denial('forbidden', 'this key is not valid today'));
  expect(await dialogue.status()).toMatchObject({
    level: 'error',
    code: 'NetStream.Publish.Denied',
    description: 'this key is not valid today',
  });
  await dialogue.gone();
  expect(server.server.streams).toEqual([]);
});

test('a viewer whom a gate denies is told the reason and gets no media', async () => {
  const gate = createGate('play');
  const server = await startServer({ plugins: [gate.plugin] });
  const publisher = await publishTo(server.rtmp('live/movie'));
  await publisher.sendAll(shortStream());
  const player = await openPlayer(server.rtmp('live/movie?token=x'));
  expect((await gate.asked()).query.get('token')).toBe('x');
  expect(player.codes).toEqual([]);
  gate.deny(new Denial('unauthorized', 'a token is wanted'));
  expect(await player.refused()).toMatchObject({
    code: 'NetStream.Play.Failed',
    description: 'a token is wanted',
  });
  await player.gone();
  expect(player.packets).toEqual([]);
});

test.each(['publish', 'play'] as const)(
  'a client that disconnects while the %s gate decides leaves nothing behind',
  async (hook) => {
    const gate = createGate(hook);
    const server = await startServer({ plugins: [gate.plugin] });
    if (hook === 'play') await publishTo(server.rtmp('live/movie')).catch(() => {});
    const before = server.server.sessions.length;
    const open = hook === 'publish' ? openPublisher : openPlayer;
    const client = await open(server.rtmp('live/movie'));
    await gate.asked();
    client.vanish();
    const closed = server.server.connections;
    gate.allow();
    await expect.poll(() => server.server.connections).toBeLessThan(closed);
    expect(server.server.sessions.length).toBe(before);
  },
);

test('a gate that throws or takes too long denies, and the log names its plugin', async () => {
  const broken = definePlugin({
    name: 'broken',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.publish.tap(({ name }) => {
        if (name === 'throws') throw new Error('the database is away');
        return new Promise<undefined>(() => {});
      });
    },
  });
  const server = await startServer({ plugins: [broken], config: { gateTimeoutMs: 20 } });
  for (const name of ['throws', 'hangs']) {
    const publisher = await openPublisher(server.rtmp(`live/${name}`));
    const { code, description } = await publisher.refused();
    expect(code).toBe('NetStream.Publish.Denied');
    expect(description).toBe('the broken check failed');
  }
  expect(server.log.filter((line) => line['plugin'] === 'broken' && line.level === 50)).toHaveLength(2);
});

test('a gate on connect denies a client before it names a stream', async () => {
  const closed = definePlugin({
    name: 'closed',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.connect.tap(({ query }) =>
        query.get('key') === 'right' ? undefined : new Denial('forbidden', 'wrong key'),
      );
    },
  });
  const server = await startServer({ plugins: [closed] });
  const denied = await openDialogue(server.port());
  expect(await denied.connect('live?key=wrong')).toMatchObject({
    name: '_error',
    args: [{ level: 'error', code: 'NetConnection.Connect.Rejected', description: 'wrong key' }],
  });
  await denied.gone();
  const welcome = await openDialogue(server.port());
  expect((await welcome.connect('live?key=right')).name).toBe('_result');
});

test('a plugin that resolves names sends publisher and viewer to the same stream', async () => {
  const rooms = definePlugin({
    name: 'room-names',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.resolveName.tap((name) => (name === 'secret-key' ? 'room' : name));
    },
  });
  const server = await startServer({ plugins: [rooms] });
  const publisher = await publishTo(server.rtmp('live/secret-key'));
  const player = await playFrom(server.rtmp('live/room'));
  const packets = shortStream();
  await publisher.sendAll(packets);
  expect(describePackets(await player.received(packets.length))).toEqual(describePackets(packets));
});

test('of two publishers that a gate admits at the same moment, one publishes and the other is told and closed', async () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let asked = 0;
  const shared = definePlugin({
    name: 'shared',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks.publish.tap(() => {
        asked++;
        return opened;
      });
    },
  });
  const server = await startServer({ plugins: [shared] });
  const url = server.rtmp('live/movie');
  const both = [await openPublisher(url), await openPublisher(url)];
  await expect.poll(() => asked).toBe(2);
  open();
  await Promise.race(both.map((publisher) => publisher.gone()));
  await expect.poll(() => both.map(({ outcome }) => outcome).toSorted()).toEqual(['ready', 'refused']);
  const [replaced] = both.filter(({ outcome }) => outcome === 'refused');
  expect(replaced?.codes).toEqual(['NetStream.Publish.BadName']);
  expect(server.server.sessions).toHaveLength(1);
});

test('a viewer that the server ends while it is being admitted is told and closed', async () => {
  const gate = createGate('play');
  const server = await startServer({ plugins: [gate.plugin] });
  await publishTo(server.rtmp('live/movie'));
  const player = await openPlayer(server.rtmp('live/movie'));
  await gate.asked();
  gate.allow();
  const find = () => server.server.sessions.find(({ role }) => role === 'play');
  // The session is listed some turns before the connection knows of it.
  for (let turn = 0; turn < 1000 && !find(); turn++) await Promise.resolve();
  find()?.close();
  await player.gone();
  expect(player.codes).toEqual(['NetStream.Play.Stop']);
  expect(server.server.sessions.map(({ role }) => role)).toEqual(['publish']);
});
