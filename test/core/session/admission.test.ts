import { describe, expect, test } from 'vitest';
import { matchesServername } from '../../../core/kernel/app.ts';
import { Denial } from '../../../core/session/denial.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, playFrom, publishTo, requestFor } from '../kernel/kernel-kit.ts';

describe('the servername', () => {
  test.each([
    ['live', 'live', true],
    ['live', 'Live', false],
    ['live', 'live2', false],
    ['*', 'anything/at all', true],
    ['*', '', true],
    ['event-*', 'event-', true],
    ['event-*', 'event-2026/final', true],
    ['event-*', 'an event-1', false],
    ['*-live', 'a-live', true],
    ['*-live', 'a-live-b', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*a*a*', 'a', false],
    ['*a*a*', 'xaxax', true],
    ['l.ve', 'live', false],
    ['(live|event)', 'live', false],
  ])('%s and the name %j: %s', (servername, name, fits) => {
    expect(matchesServername(servername, name)).toBe(fits);
  });

  test('with many stars costs no more than its length', () => {
    expect(matchesServername(`${'*a'.repeat(5000)}*b`, 'a'.repeat(100_000))).toBe(false);
  });
});

describe('the application a client names', () => {
  const options = (gop_num: number) => ({ options: { gop_num } });

  test('is the first entry that fits, in the order of the config', async () => {
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

  test('that is not configured is refused, by its name and the option’s, and so is one that has the protocol off', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL], apps: { live: {}, quiet: { plugins: { test: false } } } });
    const { admission } = test.kernel;
    const { client, query } = requestFor();
    for (const [app, denial] of [
      ['nope', new Denial('not-found', 'there is no application "nope" (servers[].servername)')],
      ['quiet', new Denial('not-found', 'test is switched off for application "quiet"')],
    ] as const) {
      expect(await admission.connect({ client, app, query })).toEqual(denial);
      expect(await admission.publish(requestFor(app), () => {})).toEqual(denial);
      expect(await admission.play(requestFor(app), () => {})).toEqual(denial);
    }
    expect(await admission.connect({ client, app: 'live', query })).toBeUndefined();
    expect(admission.hasApp('live')).toBe(true);
    expect(admission.hasApp('nope')).toBe(false);
    expect([...admission.sessions]).toEqual([]);
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

  test('are asked before a stream is claimed or a viewer counted, and refusals are logged without the query', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, auth] });
    const request = { ...requestFor(), query: new URLSearchParams('token=guess') };
    expect(await test.kernel.admission.publish(request, () => {})).toBe(secret);
    expect(await test.kernel.admission.play(request, () => {})).toBe(secret);
    expect(test.kernel.hub.streams).toEqual([]);
    expect(test.kernel.hub.sessions.size).toBe(0);
    expect(test.log.messages('info')).toEqual([
      'live/movie publisher refused: the token is missing',
      'live/movie viewer refused: the token is missing',
    ]);
    expect(JSON.stringify(test.log.lines)).not.toContain('guess');
  });

  test('are those of the config in force, also for a session of an older one', async () => {
    const test = kernelForTest();
    const definitions = [PROTOCOL, auth];
    await test.apply({ definitions, plugins: { auth: { token: 'x' } } });
    const { admission } = test.kernel;
    await test.apply({ definitions, plugins: { auth: { token: 'y' } } });
    const withToken = (token: string) => ({ ...requestFor(), query: new URLSearchParams({ token }) });
    expect(await admission.publish(withToken('x'), () => {})).toBe(secret);
    expect(await admission.publish(withToken('y'), () => {})).not.toBeInstanceOf(Denial);
  });

  test('of an application that has the plugin off are not asked', async () => {
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, auth],
      apps: { live: {}, open: { plugins: { auth: false } } },
    });
    expect(await test.kernel.admission.publish(requestFor('open'), () => {})).not.toBeInstanceOf(Denial);
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
});

test('a stream that nobody publishes is asked for, and joined when its provider publishes it', async () => {
  const test = kernelForTest();
  const relay = pluginForTest('relay', {
    server: (context) =>
      context.hooks.streamMissing.tap(async (request) => {
        await publishTo(test, request);
        return { description: 'relay from the test' };
      }),
  });
  await test.apply({ definitions: [PROTOCOL, relay] });
  const { playback } = await playFrom(test, requestFor('live', 'elsewhere'));
  expect(playback.session.key).toBe('live/elsewhere');
  await expect
    .poll(() => test.log.messages('info'))
    .toContain('live/elsewhere is provided by relay from the test');
});

test('viewers are told to plugins when they join and when they leave, once each', async () => {
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
  playback.stop({ code: 'left', message: 'bye' });
  playback.stop({ code: 'left', message: 'bye' });
  expect(told).toEqual(['start live/movie of live/movie', 'stop live/movie left']);
  expect(test.kernel.hub.sessions.size).toBe(1);
});

test('ten thousand viewers who come and go leave nothing behind', async () => {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL], server: { level: 'silent' } });
  const { stream } = await publishTo(test);
  for (let count = 0; count < 10_000; count++) {
    const { playback } = await playFrom(test);
    playback.stop({ code: 'left', message: 'bye' });
  }
  expect(stream.viewerCount).toBe(0);
  expect(test.kernel.hub.sessions.size).toBe(1);
  expect(test.kernel.hub.scheduler.viewers).toBe(0);
});
