// Requests without a session: gates and hooks cannot tell them from clients that connect, ask to play and disconnect.
import { expect, test } from 'vitest';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { askOnce } from '../../../../core/session/clients/ask-once.ts';
import type { Asker, Reception } from '../../../../core/session/clients/connection.ts';
import { Right } from '../../../../core/session/clients/right.ts';
import { Denial } from '../../../../core/session/denial.ts';
import type { Gates } from '../../../../core/session/gates.ts';
import type { ConnectRequest, StreamRequest } from '../../../../core/session/requests.ts';
import { pluginForTest, type TestConfig } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, requestFor, type TestKernel } from '../../kernel/kernel-kit.ts';

type Declare = (context: ServerContext) => void;

interface Asking {
  readonly test: TestKernel;
  readonly told: string[];
  ask(name?: string): unknown;
}

/** A plugin notes what its hooks are told, and `declare` adds gates behind it. */
async function asking(declare: Declare = () => {}, config: Partial<TestConfig> = {}): Promise<Asking> {
  const told: string[] = [];
  const watcher = pluginForTest('watcher', {
    server: ({ hooks }) => {
      hooks.connect.tap(({ app, authorization }) => void told.push(`connect ${app} ${authorization}`));
      hooks.play.tap(({ displayKey, client }) => void told.push(`play ${displayKey} ${client.plugin}`));
      hooks.disconnect.tap(
        ({ app, client }, { code }) => void told.push(`disconnect ${app} ${client.remote} ${code}`),
      );
      hooks.denied.tap(
        ({ role, displayKey }, { code }) => void told.push(`denied ${role} ${displayKey} ${code}`),
      );
    },
  });
  const gates = pluginForTest('gates', { server: declare });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, watcher, gates], ...config });
  const { client } = requestFor();
  const facts = { ...client, authorization: 'Basic eDp5' };
  return {
    test,
    told,
    ask: (name = 'movie') => test.kernel.admission.ask('test', facts, requestFor('live', name)),
  };
}

const CONNECT = 'connect live Basic eDp5';
const PLAY = 'play live/movie test';
const LEFT = 'disconnect live 192.0.2.1:5000 left';
const FORBIDDEN = new Denial('forbidden', 'not you');
const MOVIE = { key: 'live/movie', displayKey: 'live/movie' };

test('is answered in the same turn when every gate answers in the same turn', async () => {
  const { test, told, ask } = await asking();
  expect(ask()).toEqual(MOVIE);
  expect(told).toEqual([CONNECT, PLAY, LEFT]);
  expect([...test.kernel.sessions]).toEqual([]);
  expect(test.kernel.sessions.connectionCount).toBe(0);
});

test('waits for a gate that takes its time', async () => {
  let admit = (): void => {};
  const { told, ask } = await asking(({ hooks }) =>
    hooks.play.tap(() => new Promise<undefined>((resolve) => (admit = () => resolve(undefined)))),
  );
  const answer = ask();
  expect(answer).toBeInstanceOf(Promise);
  expect(told).toEqual([CONNECT, PLAY]);
  admit();
  expect(await answer).toEqual(MOVIE);
  expect(told).toEqual([CONNECT, PLAY, LEFT]);
});

test('is denied by a connect gate, and then nothing else is asked', async () => {
  const { told, ask } = await asking(({ hooks }) => hooks.connect.tap(() => FORBIDDEN));
  expect(ask()).toBe(FORBIDDEN);
  expect(told).toEqual([CONNECT, 'denied connect live forbidden']);
});

test('is denied by a play gate, also by one that throws, and disconnects with that cause', async () => {
  const { told, ask } = await asking(({ hooks }) =>
    hooks.play.tap(({ name }) => {
      if (name === 'movie') return FORBIDDEN;
      throw new Error('broken');
    }),
  );
  const denied = 'disconnect live 192.0.2.1:5000 denied';
  expect(ask()).toBe(FORBIDDEN);
  expect(told.splice(0)).toEqual([CONNECT, PLAY, 'denied play live/movie forbidden', denied]);
  expect(ask('other')).toMatchObject({ code: 'unavailable', reason: 'the gates check failed' });
  expect(told).toEqual([CONNECT, 'play live/other test', 'denied play live/other unavailable', denied]);
});

test('is for the stream that the name stands for, whose secret name is not shown', async () => {
  const { ask } = await asking(({ hooks }) =>
    hooks.resolveName.tap((name) => (name === 'key' ? 'room' : undefined), { secret: true }),
  );
  expect(await ask('key')).toEqual({ key: 'live/room', displayKey: 'live/room' });
  expect(await ask('movie')).toEqual({ key: 'live/movie', displayKey: 'live/***' });
});

test('takes a place of its address while the gates are asked, and gives it back', async () => {
  const answers: (() => void)[] = [];
  const { ask } = await asking(
    ({ hooks }) =>
      hooks.play.tap(() => new Promise<undefined>((resolve) => answers.push(() => resolve(undefined)))),
    { server: { maxConnectionsPerAddress: 1 } },
  );
  const first = ask();
  expect(ask()).toMatchObject({ code: 'limit' });
  answers[0]!();
  expect(await first).toEqual(MOVIE);
  const second = ask();
  answers[1]!();
  expect(await second).toEqual(MOVIE);
});

test('is denied where there is no application, and where the protocol is switched off', async () => {
  const { test, ask } = await asking(() => {}, { apps: { live: { plugins: { test: false } } } });
  expect(ask()).toMatchObject({ code: 'not-found', reason: 'test is switched off for application "live"' });
  const { client } = requestFor();
  expect(test.kernel.admission.ask('test', client, requestFor('nowhere'))).toMatchObject({
    code: 'not-found',
    reason: 'there is no application "nowhere" (servers[].servername)',
  });
});

test('gates see the query and may limit the time, which is over before it counts', async () => {
  const seen: (ConnectRequest | StreamRequest)[] = [];
  const { test } = await asking(({ hooks }) => {
    hooks.connect.tap((request) => void seen.push(request));
    hooks.play.tap((request) => (seen.push(request), request.limitUntil(new Date(0)), undefined));
  });
  const { client } = requestFor();
  const target = { app: 'live', name: 'movie', query: new URLSearchParams('token=1') };
  expect(test.kernel.admission.ask('test', client, target)).toEqual(MOVIE);
  expect(seen.map(({ query }) => query.get('token'))).toEqual(['1', '1']);
});

test('its place is given back also when asking fails', async () => {
  let free = 0;
  const places = { takePlace: () => () => void free++ };
  const reception = { connect: () => undefined, leftApp: () => {} };
  const asker = { client: requestFor().client, right: new Right(), authorization: undefined };
  const ask = (admit: () => unknown) =>
    askOnce(
      { reception: reception as unknown as Reception, gates: { admit } as unknown as Gates, places },
      asker as unknown as Asker,
      requestFor('live', 'movie'),
    );
  await expect(ask(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(free).toBe(1);
  const fail = (): never => {
    throw new Error('a bug');
  };
  expect(() => ask(fail)).toThrow('a bug');
  expect(free).toBe(2);
});
