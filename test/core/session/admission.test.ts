import { describe, expect, test } from 'vitest';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest } from '../../helpers/config.ts';
import {
  admitted,
  contextOf,
  enter,
  kernelForTest,
  PROTOCOL,
  playFrom,
  publishTo,
  requestFor,
  tryPlay,
  tryPublish,
} from '../kernel/kernel-kit.ts';
import { LEFT } from '../stream/stream-kit.ts';

describe('the application a client names', () => {
  const options = (gop_num: number) => ({ options: { gop_num } });

  test('is the first entry that matches, in the order of the config', async () => {
    const test = kernelForTest();
    const definitions = [PROTOCOL];
    await test.apply({
      definitions,
      apps: { 'event-*': options(3), 'event-1': options(4), '*': options(5) },
    });
    const gopNum = async (app: string) => (await publishTo(test, requestFor(app))).stream.options.gop_num;
    expect(await gopNum('event-1')).toBe(3);
    expect(await gopNum('other')).toBe(5);
  });

  test('is denied by its name and the option’s if it is not configured, and so is one that has the protocol off', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL], apps: { live: {}, quiet: { plugins: { test: false } } } });
    const { admission } = test.kernel;
    const connection = admitted(await enter(test));
    for (const [app, denial] of [
      ['nope', new Denial('not-found', 'there is no application "nope" (servers[].servername)')],
      ['quiet', new Denial('not-found', 'test is switched off for application "quiet"')],
    ] as const) {
      expect(await enter(test, requestFor(app))).toEqual(denial);
      expect(await connection.publish(requestFor(app), () => {})).toEqual(denial);
      expect(await connection.play(requestFor(app), () => {})).toEqual(denial);
    }
    expect(admission.hasApp('live')).toBe(true);
    expect(admission.hasApp('nope')).toBe(false);
    expect([...test.kernel.sessions]).toEqual([]);
    expect(test.kernel.sessions.connectionCount).toBe(1);
  });

  test('that a reload removes while the gates work is denied', async () => {
    const test = kernelForTest();
    let admit: () => void = () => {};
    const gate = pluginForTest('gate', {
      server: ({ hooks }) => hooks.play.tap(() => new Promise<void>((resolve) => (admit = resolve))),
    });
    await test.apply({ definitions: [PROTOCOL, gate] });
    const connection = admitted(await enter(test));
    const playing = connection.play(requestFor(), () => {});
    await expect.poll(() => admit.length).toBe(1);
    await test.apply({ definitions: [PROTOCOL, gate], apps: { other: {} } });
    admit();
    expect(await playing).toEqual(
      new Denial('not-found', 'there is no application "live" (servers[].servername)'),
    );
    expect(test.kernel.sessions.size).toBe(0);
  });
});

describe('gates', () => {
  const secret = new Denial('unauthorized', 'the token is missing');
  const auth: PluginDefinition = pluginForTest('auth', {
    server: (context, options) => {
      const gate = (request: { query: URLSearchParams }) =>
        request.query.get('token') === (options['token'] ?? 'x') ? undefined : secret;
      context.hooks.publish.tap(gate);
      context.hooks.play.tap(gate);
    },
  });

  test('are asked before a stream is claimed or a viewer counted, and denials are logged without the query', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, auth] });
    const request = { ...requestFor(), query: new URLSearchParams('token=guess') };
    expect(await tryPublish(test, request)).toBe(secret);
    expect(await tryPlay(test, request)).toBe(secret);
    expect(test.kernel.hub.streams).toEqual([]);
    expect(test.kernel.sessions.size).toBe(0);
    expect(test.log.messages('info')).toEqual([
      'live/movie publisher denied: the token is missing',
      'live/movie viewer denied: the token is missing',
    ]);
    expect(JSON.stringify(test.log.lines)).not.toContain('guess');
  });

  test('are those of the current config, also for a client that connected under an older one', async () => {
    const test = kernelForTest();
    const definitions = [PROTOCOL, auth];
    await test.apply({ definitions, plugins: { auth: { token: 'x' } } });
    const connection = admitted(await enter(test));
    await test.apply({ definitions, plugins: { auth: { token: 'y' } } });
    const withToken = (token: string) => ({ ...requestFor(), query: new URLSearchParams({ token }) });
    expect(await connection.publish(withToken('x'), () => {})).toBe(secret);
    expect(await connection.publish(withToken('y'), () => {})).not.toBeInstanceOf(Denial);
  });

  test('of an application that has the plugin off are not asked', async () => {
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, auth],
      apps: { live: {}, open: { plugins: { auth: false } } },
    });
    expect(await tryPublish(test, requestFor('open'))).not.toBeInstanceOf(Denial);
  });

  test('see the name that it was resolved to, and so does the stream', async () => {
    const asked: string[] = [];
    const keys = pluginForTest('keys', {
      server: (context) => {
        context.hooks.resolveName.tap((name) => (name === 'sekret' ? 'movie' : name));
        context.hooks.publish.tap((request) => void asked.push(request.name));
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, keys] });
    const { stream } = await publishTo(test, requestFor('live', 'sekret'));
    expect(asked).toEqual(['movie']);
    expect(stream.key).toBe('live/movie');
    expect(JSON.stringify(test.log.lines)).not.toContain('sekret');
  });

  test('see the ids that the connection and the session will have, and what the client wants', async () => {
    const asked: string[] = [];
    const note = pluginForTest('note', {
      server: ({ hooks }) => {
        hooks.connect.tap(({ id, client }) => void asked.push(`connect ${id} of ${client.id}`));
        hooks.resolveName.tap((_, { id, role }) => void asked.push(`resolve ${id} to ${role}`));
        hooks.publish.tap(({ id, role }) => void asked.push(`publish ${id} to ${role}`));
        hooks.play.tap(({ id, role }) => void asked.push(`play ${id} to ${role}`));
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, note] });
    const connection = admitted(await enter(test));
    const publication = admitted(await connection.publish(requestFor(), () => {}));
    const playback = admitted(await connection.play(requestFor(), () => {}));
    const { id } = connection;
    const [publisher, viewer] = [publication.session.id, playback.session.id];
    expect(new Set([id, publisher, viewer]).size).toBe(3);
    expect(asked).toEqual([
      `connect ${id} of ${id}`,
      `resolve ${publisher} to publish`,
      `publish ${publisher} to publish`,
      `resolve ${viewer} to play`,
      `play ${viewer} to play`,
    ]);
  });
});

test('plugins are told when viewers join and when they leave, once each', async () => {
  const told: string[] = [];
  const plugin = pluginForTest('stat', {
    server: (context) => {
      context.hooks.playStart.tap(
        (session, stream) => void told.push(`start ${session.key} of ${stream.key}`),
      );
      context.hooks.playStop.tap(
        (session, _stream, cause) => void told.push(`stop ${session.key} ${cause.code}`),
      );
    },
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin] });
  await publishTo(test);
  const { playback } = await playFrom(test);
  playback.stop(LEFT);
  playback.stop(LEFT);
  expect(told).toEqual(['start live/movie of live/movie', 'stop live/movie left']);
  expect(test.kernel.sessions.size).toBe(1);
});

test('ten thousand viewers that join and leave leave nothing behind', async () => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL], server: { level: 'silent' } });
  const { stream } = await publishTo(test);
  for (let count = 0; count < 10_000; count++) {
    const { playback, arrival } = await playFrom(test);
    playback.stop(LEFT);
    arrival.leave(LEFT);
  }
  expect(stream.viewerCount).toBe(0);
  expect(test.kernel.sessions.size).toBe(1);
  expect(test.kernel.sessions.connectionCount).toBe(1);
  expect(test.kernel.hub.scheduler.viewers).toBe(0);
});

test.each(['', '../../etc/movie', 'a/../b', './movie', 'a//b', '/movie', 'a\\b', 'a\nb', 'x'.repeat(5000)])(
  'a name that no stream may have (%j) is no better when a plugin gives it',
  async (bad) => {
    const renaming = pluginForTest('renaming', {
      server: ({ hooks }) => hooks.resolveName.tap(() => bad || undefined),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, renaming] });
    if (bad !== '') {
      const denial = new Denial('invalid', 'a plugin gave the stream a name that no stream may have');
      expect(await tryPublish(test)).toEqual(denial);
      expect(await tryPlay(test)).toEqual(denial);
    }
    const { context } = await contextOf();
    const provider = { description: 'relay', start: () => {}, stop: () => {} };
    expect(() => context.provide({ app: 'live', name: bad }, provider)).toThrow(/^one cannot provide: /);
    expect(() => context.provide({ app: bad, name: 'movie' }, provider)).toThrow(/^one cannot provide: /);
  },
);
