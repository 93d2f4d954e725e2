import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ConnectionView } from '../../../../core/session/clients/connection-view.ts';
import { Denial } from '../../../../core/session/denial.ts';
import type { EndCause } from '../../../../core/end-cause.ts';
import { createGate } from '../../../helpers/gate.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { admitted, arrive, kernelForTest, PROTOCOL, requestFor } from '../../kernel/kernel-kit.ts';
import { FakeTransport, FLV, LEFT } from '../../stream/stream-kit.ts';

const NOTHING = (): void => {};

afterEach(() => void vi.useRealTimers());

/** Notes what connect gates are asked and what disconnect tells, for each application by its own plugin instance. */
function doorman(noted: string[], denied: readonly string[] = []) {
  return pluginForTest('door', {
    app: ({ hooks, servername }) => {
      hooks.connect.tap(({ app, id }) => {
        noted.push(`${servername}: ${id} enters ${app}`);
        return denied.includes(app) ? new Denial('forbidden', `${app} is closed`) : undefined;
      });
      hooks.disconnect.tap(
        ({ id, app }, { code }) => void noted.push(`${servername}: ${id} left ${app}: ${code}`),
      );
    },
  });
}

describe('when a client disconnects', () => {
  test('all that it publishes and plays ends with the cause, and nothing of it is left', async () => {
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL],
      apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
    });
    const told: string[] = [];
    const arrival = arrive(test);
    const connection = admitted(await arrival.enter('live', new URLSearchParams(), NOTHING));
    const close = ({ code }: EndCause) => void told.push(`closed: ${code}`);
    const one = admitted(await connection.publish(requestFor('live', 'one'), close));
    const two = admitted(await connection.publish(requestFor('live', 'two'), close));
    const playback = admitted(await connection.play(requestFor('live', 'one'), close));
    playback.start(admitted(await playback.findStream()), FLV, new FakeTransport());
    expect(test.kernel.sessions.size).toBe(3);
    arrival.leave(LEFT);
    arrival.leave({ code: 'failed', message: 'again' });
    expect([one.ended, two.ended, playback.ended]).toEqual([true, true, true]);
    expect(test.kernel.hub.streams).toEqual([]);
    expect(test.kernel.sessions.size).toBe(0);
    expect(test.kernel.sessions.connectionCount).toBe(0);
    // The client is not told what it did itself.
    expect(told).toEqual([]);
    expect(test.log.messages('info').filter((line) => line.includes('disconnected'))).toEqual([
      expect.stringMatching(
        /^live\/one viewer disconnected after \d+ s and 0\.0 MB: the publisher has disconnected$/,
      ),
      'live/one publisher disconnected: the test is over',
      'live/two publisher disconnected: the test is over',
    ]);
  });

  test.each(['publish', 'play'] as const)(
    'while it is being admitted to %s, it gets no session',
    async (role) => {
      const gate = createGate(role);
      const test = kernelForTest();
      await test.apply({
        definitions: [PROTOCOL, gate.plugin],
        apps: { live: { options: { keepAfterUnpublishMs: 0 } } },
      });
      const arrival = arrive(test);
      const connection = admitted(await arrival.enter('live', new URLSearchParams(), NOTHING));
      const asked = connection[role](requestFor(), NOTHING);
      await gate.asked();
      arrival.leave(LEFT);
      gate.allow();
      expect(admitted(await asked).ended).toBe(true);
      expect(test.kernel.hub.streams).toEqual([]);
      expect(test.kernel.sessions.size).toBe(0);
    },
  );

  test('while the connect gates work, it does not enter', async () => {
    let admit: () => void = NOTHING;
    const gate = pluginForTest('gate', {
      server: ({ hooks }) => hooks.connect.tap(() => new Promise<void>((resolve) => (admit = resolve))),
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, gate] });
    const arrival = arrive(test);
    const entering = arrival.enter('live', new URLSearchParams(), NOTHING);
    arrival.leave(LEFT);
    admit();
    expect(await entering).toEqual(new Denial('unavailable', 'the client has disconnected'));
    expect(test.kernel.sessions.connectionCount).toBe(0);
  });

  test('the plugins of its application are told once, and those of no other', async () => {
    const noted: string[] = [];
    const seen: ConnectionView[] = [];
    const test = kernelForTest();
    const eye = pluginForTest('eye', {
      server: ({ hooks }) => hooks.disconnect.tap((connection) => void seen.push(connection)),
    });
    await test.apply({ definitions: [PROTOCOL, doorman(noted), eye], apps: { live: {}, event: {} } });
    const arrival = arrive(test);
    arrival.describe({ userAgent: 'OBS' });
    const before = Date.now();
    const { id } = admitted(await arrival.enter('live', new URLSearchParams(), NOTHING));
    expect(noted).toEqual([`live: ${id} enters live`]);
    arrival.leave(LEFT);
    arrival.leave(LEFT);
    expect(noted).toEqual([`live: ${id} enters live`, `live: ${id} left live: left`]);
    expect(seen).toMatchObject([
      {
        id,
        app: 'live',
        startedAt: expect.any(Date),
        client: { id, plugin: 'test', protocol: 'test', remote: '192.0.2.1:5000', userAgent: 'OBS' },
      },
    ]);
    expect(seen[0]!.startedAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  test('that was denied, or never entered, no plugin is told', async () => {
    const noted: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, doorman(noted, ['live'])] });
    const denied = arrive(test);
    expect(await denied.enter('live', new URLSearchParams(), NOTHING)).toBeInstanceOf(Denial);
    denied.leave(LEFT);
    arrive(test).leave(LEFT);
    expect(noted.filter((line) => line.includes('left'))).toEqual([]);
  });
});

describe('a client that publishes or plays in another application than the one it connected to', () => {
  test.each(['publish', 'play'] as const)('(%s) is asked by that one’s connect gates, once', async (role) => {
    const noted: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, doorman(noted)], apps: { live: {}, event: {} } });
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), NOTHING));
    noted.length = 0;
    admitted(await connection[role](requestFor('live'), NOTHING));
    expect(noted).toEqual([]);
    admitted(await connection[role](requestFor('event', 'one'), NOTHING));
    admitted(await connection[role](requestFor('event', 'two'), NOTHING));
    expect(noted).toEqual([`event: ${connection.id} enters event`]);
  });

  test('is asked by them once, though it asks for several streams at the same time', async () => {
    const noted: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, doorman(noted)], apps: { live: {}, event: {} } });
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), NOTHING));
    noted.length = 0;
    const names = ['one', 'two', 'three'];
    await Promise.all(names.map(async (name) => connection.publish(requestFor('event', name), NOTHING)));
    expect(noted).toEqual([`event: ${connection.id} enters event`]);
    expect(test.kernel.sessions.size).toBe(3);
  });

  test.each(['publish', 'play'] as const)('(%s) is denied if they deny, each time', async (role) => {
    const noted: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, doorman(noted, ['event'])], apps: { live: {}, event: {} } });
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), NOTHING));
    noted.length = 0;
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = await connection[role](requestFor('event'), NOTHING);
      expect(answer).toEqual(new Denial('forbidden', 'event is closed'));
    }
    expect(noted).toHaveLength(2);
    expect(test.kernel.sessions.size).toBe(0);
    admitted(await connection[role](requestFor('live'), NOTHING));
  });
});

describe('an arrival', () => {
  test('that has entered two applications leaves both', async () => {
    const noted: string[] = [];
    const test = kernelForTest();
    await test.apply({
      definitions: [PROTOCOL, doorman(noted)],
      apps: { live: { options: { keepAfterUnpublishMs: 0 } }, event: {} },
    });
    const arrival = arrive(test);
    const first = admitted(await arrival.enter('live', new URLSearchParams(), NOTHING));
    admitted(await arrival.enter('event', new URLSearchParams(), NOTHING));
    const publication = admitted(await first.publish(requestFor(), NOTHING));
    expect(test.kernel.sessions.connectionCount).toBe(2);
    noted.length = 0;
    arrival.leave(LEFT);
    expect(publication.ended).toBe(true);
    expect(noted).toEqual([`live: ${first.id} left live: left`, `event: ${first.id} left event: left`]);
    expect(test.kernel.sessions.connectionCount).toBe(0);
  });

  test('ticks about once a second until the client leaves, though its plugin is replaced', async () => {
    vi.useFakeTimers();
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL], plugins: { test: { value: 1 } } });
    const arrival = arrive(test);
    let ticks = 0;
    arrival.everySecond(() => void ticks++);
    await test.apply({ definitions: [PROTOCOL], plugins: { test: { value: 2 } } });
    await vi.advanceTimersByTimeAsync(3000);
    expect(ticks).toBe(3);
    arrival.leave(LEFT);
    arrival.everySecond(() => void ticks++);
    await vi.advanceTimersByTimeAsync(3000);
    expect(ticks).toBe(3);
  });

  test('keeps its id and its plugin, whatever the client says of itself', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const arrival = arrive(test);
    const { id } = arrival.client;
    arrival.describe({ id: 'mine', plugin: 'other', tcUrl: 'rtmp://host/live' } as never);
    expect(arrival.client).toMatchObject({ id, plugin: 'test', tcUrl: 'rtmp://host/live' });
  });

  test('has an id that no other has', async () => {
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const ids = Array.from({ length: 1000 }, () => arrive(test).client.id);
    expect(new Set(ids).size).toBe(1000);
  });

  test('is closed by the server that stops, after its sessions', async () => {
    const told: string[] = [];
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL] });
    const close = (what: string) => (cause: EndCause) =>
      void told.push(`${what} ${cause.code}: ${cause.message}`);
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), close('connection')));
    admitted(await connection.publish(requestFor(), close('publisher')));
    await test.kernel.stop('SIGTERM');
    expect(told).toEqual(['publisher shutdown: SIGTERM', 'connection shutdown: SIGTERM']);
  });
});

test('a client enters a hundred applications of a pattern, and is denied the next', async () => {
  const noted: string[] = [];
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, doorman(noted)], apps: { '*': {} } });
  const arrival = arrive(test);
  const connection = admitted(await arrival.enter('app1', new URLSearchParams(), NOTHING));
  for (let number = 2; number <= 100; number++)
    admitted(await connection.play(requestFor(`app${number}`), NOTHING));
  expect(await connection.play(requestFor('app101'), NOTHING)).toMatchObject({
    code: 'limit',
    reason: 'the client has entered 100 applications already',
  });
  admitted(await connection.play(requestFor('app100'), NOTHING));
  expect(noted.filter((line) => line.includes('enters'))).toHaveLength(100);
  arrival.leave(LEFT);
  expect(noted.filter((line) => line.includes('left'))).toHaveLength(100);
});
