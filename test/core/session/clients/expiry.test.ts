// A right that ends: a token that runs out, a ticket for an hour.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PluginDefinition } from '../../../../core/plugin/plugin.ts';
import type { EndCause } from '../../../../core/end-cause.ts';
import type { ConnectRequest } from '../../../../core/session/requests.ts';
import { Right } from '../../../../core/session/clients/right.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import {
  admitted,
  arrive,
  kernelForTest,
  PROTOCOL,
  publishTo,
  requestFor,
  tryPlay,
  tryPublish,
  type TestKernel,
} from '../../kernel/kernel-kit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SECOND = 1000;

type Limits = (request: ConnectRequest) => void;

/** A plugin whose gates limit what they admit. */
function limiting(gates: Partial<Record<'connect' | 'publish' | 'play', Limits>>): PluginDefinition {
  return pluginForTest('auth', {
    server: ({ hooks }) => {
      hooks.connect.tap((request) => gates.connect?.(request));
      hooks.publish.tap((request) => gates.publish?.(request));
      hooks.play.tap((request) => gates.play?.(request));
    },
  });
}

function after(seconds: number): Date {
  return new Date(Date.now() + seconds * SECOND);
}

async function kernelWith(plugin: PluginDefinition): Promise<TestKernel> {
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin] });
  return test;
}

/** Publishes with that plugin, and says in which second the session was closed, and why. */
async function publishUntilClosed(
  plugin: PluginDefinition,
): Promise<{ cause: EndCause | undefined; at: number }> {
  const test = await kernelWith(plugin);
  let cause: EndCause | undefined;
  await publishTo(test, requestFor(), (given) => (cause = given));
  const start = performance.now();
  while (cause === undefined && performance.now() - start < 120 * SECOND)
    await vi.advanceTimersByTimeAsync(SECOND);
  return { cause, at: Math.round((performance.now() - start) / SECOND) };
}

describe('limitUntil', () => {
  test('closes a publisher as expired when the time has come, within a second', async () => {
    const { cause, at } = await publishUntilClosed(
      limiting({ publish: (request) => request.limitUntil(after(10), 'the token has run out') }),
    );
    expect(cause).toEqual({ code: 'expired', message: 'the token has run out' });
    expect(at).toBe(10);
  });

  test('says what has expired if the gate does not', async () => {
    const { cause } = await publishUntilClosed(
      limiting({ publish: (request) => request.limitUntil(after(1)) }),
    );
    expect(cause).toEqual({ code: 'expired', message: 'the right to publish or play has expired' });
  });

  test('closes a viewer that plays, and one that still waits', async () => {
    const test = await kernelWith(limiting({ play: (request) => request.limitUntil(after(5), 'over') }));
    const closed: string[] = [];
    admitted(await tryPlay(test, requestFor('live', 'nobody'), ({ code }) => closed.push(`waiting ${code}`)));
    await publishTo(test);
    admitted(await tryPlay(test, requestFor(), ({ code }) => closed.push(`playing ${code}`)));
    await vi.advanceTimersByTimeAsync(4 * SECOND);
    expect(closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(closed).toEqual(['waiting expired', 'playing expired']);
  });

  test.each([
    ['the first is earlier', [10, 20]],
    ['the second is earlier', [20, 10]],
    ['the same gate limits it twice', [10, 10]],
  ])('holds the earliest of several limits: %s', async (_, [first, second]) => {
    const { cause, at } = await publishUntilClosed(
      limiting({
        publish: (request) => {
          request.limitUntil(after(first!), `${first} s`);
          request.limitUntil(after(second!), `${second} s`);
        },
      }),
    );
    expect([cause?.message, at]).toEqual(['10 s', 10]);
  });

  test.each([
    ['earlier than its own', 10, 20, 'connect'],
    ['later than its own', 20, 10, 'publish'],
  ] as const)('of the connection holds for all its sessions: %s', async (_, connect, publish, reason) => {
    const { cause, at } = await publishUntilClosed(
      limiting({
        connect: (request) => request.limitUntil(after(connect), 'connect'),
        publish: (request) => request.limitUntil(after(publish), 'publish'),
      }),
    );
    expect([cause?.message, at]).toEqual([reason, 10]);
  });

  test('of the connection closes what it publishes and plays also when the gate calls it later', async () => {
    let connected: ConnectRequest | undefined;
    const test = await kernelWith(limiting({ connect: (request) => void (connected = request) }));
    const closed: string[] = [];
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), () => {}));
    admitted(await connection.publish(requestFor(), ({ message }) => closed.push(`publisher: ${message}`)));
    admitted(await connection.play(requestFor(), ({ message }) => closed.push(`viewer: ${message}`)));
    await vi.advanceTimersByTimeAsync(60 * SECOND);
    connected!.limitUntil(after(5), 'the token was revoked');
    await vi.advanceTimersByTimeAsync(4 * SECOND);
    expect(closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(closed).toEqual(['publisher: the token was revoked', 'viewer: the token was revoked']);
  });

  test('of the connection that ended first is the reason, also when both have ended', async () => {
    const outer = new Right();
    const own = new Right(outer);
    own.limitUntil(after(2), 'own');
    outer.limitUntil(after(1), 'outer');
    expect(own.expired(performance.now())).toBeUndefined();
    await vi.advanceTimersByTimeAsync(3 * SECOND);
    expect(own.expired(performance.now())).toEqual({ code: 'expired', message: 'outer' });
    expect(outer.expired(performance.now())).toEqual({ code: 'expired', message: 'outer' });
  });

  test.each(['connect', 'publish'] as const)(
    'may be called later, with the request of %s: a token is revoked',
    async (gate) => {
      const requests: ConnectRequest[] = [];
      const test = await kernelWith(
        limiting({ [gate]: (request: ConnectRequest) => void requests.push(request) }),
      );
      const causes: EndCause[] = [];
      await publishTo(test, requestFor(), (cause) => causes.push(cause));
      await vi.advanceTimersByTimeAsync(60 * SECOND);
      expect(causes).toEqual([]);
      requests[0]!.limitUntil(new Date(), 'the token was revoked');
      await vi.advanceTimersByTimeAsync(SECOND);
      expect(causes).toEqual([{ code: 'expired', message: 'the token was revoked' }]);
    },
  );

  test('of one session does not limit another of the same connection', async () => {
    const test = await kernelWith(
      limiting({
        publish: (request) => {
          if ('name' in request && request.name === 'one') request.limitUntil(after(3));
        },
      }),
    );
    const closed: string[] = [];
    const connection = admitted(await arrive(test).enter('live', new URLSearchParams(), () => {}));
    admitted(await connection.publish(requestFor('live', 'one'), () => closed.push('one')));
    admitted(await connection.publish(requestFor('live', 'two'), () => closed.push('two')));
    await vi.advanceTimersByTimeAsync(10 * SECOND);
    expect(closed).toEqual(['one']);
  });

  test.each([
    ['forward by a day', 86_400],
    ['back by a day', -86_400],
  ])('is not moved by a wall clock that jumps %s', async (_, jump) => {
    const test = await kernelWith(limiting({ publish: (request) => request.limitUntil(after(10)) }));
    let cause: EndCause | undefined;
    await publishTo(test, requestFor(), (given) => (cause = given));
    vi.setSystemTime(Date.now() + jump * SECOND);
    await vi.advanceTimersByTimeAsync(9 * SECOND);
    expect(cause).toBeUndefined();
    await vi.advanceTimersByTimeAsync(SECOND);
    expect(cause).toMatchObject({ code: 'expired' });
  });

  test.each([
    ['in the past', () => new Date(0)],
    ['that is invalid', () => new Date(Number.NaN)],
  ])('with a time %s ends the session at once', async (_, date) => {
    const { cause, at } = await publishUntilClosed(
      limiting({ publish: (request) => request.limitUntil(date()) }),
    );
    expect([cause?.code, at]).toEqual(['expired', 1]);
  });

  test('closes a session once, and one that cannot be closed keeps no other open', async () => {
    const test = await kernelWith(limiting({ publish: (request) => request.limitUntil(after(1)) }));
    const closed: string[] = [];
    const publish = (name: string, close: () => void) => tryPublish(test, requestFor('live', name), close);
    admitted(
      await publish('bad', () => {
        throw new Error('broken protocol');
      }),
    );
    admitted(await publish('good', () => void closed.push('good')));
    await vi.advanceTimersByTimeAsync(5 * SECOND);
    expect(closed).toEqual(['good']);
    expect(test.log.messages('error')).toEqual(['a session could not be closed']);
  });
});
