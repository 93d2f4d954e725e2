// Stream names that clients ask for may be secrets, such as channel keys. They are not told to anybody.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Kernel } from '../../../core/kernel/kernel.ts';
import type { HookTapper } from '../../../core/plugin/hooks.ts';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest, type TestConfig } from '../../helpers/config.ts';
import {
  admitted,
  kernelForTest,
  PROTOCOL,
  requestFor,
  send,
  tryPlay,
  tryPublish,
  type TestKernel,
} from '../kernel/kernel-kit.ts';
import { LEFT, video } from '../stream/stream-kit.ts';

const KEY = 'sk_live_9f8e7d';
const KEYED = requestFor('live', KEY);

afterEach(() => void vi.useRealTimers());

/** A server on which names are keys. What it logs and answers must not hold one. */
async function keyed(
  tap: (hooks: HookTapper) => void,
  config: Partial<TestConfig> = {},
): Promise<TestKernel> {
  const test = kernelForTest();
  const keys = pluginForTest('keys', { server: ({ hooks }) => tap(hooks) });
  await test.apply({ definitions: [PROTOCOL, keys], ...config });
  return test;
}

function expectHidden({ log }: TestKernel, ...told: readonly unknown[]): void {
  expect(JSON.stringify([log.lines, told])).not.toContain(KEY);
}

const SECRET = { secret: true } as const;
const ROLES = [
  ['publisher', tryPublish],
  ['viewer', tryPlay],
] as const;

describe.each(ROLES)('a secret name of a %s', (who, attempt) => {
  test('that the resolver denies', async () => {
    const denial = new Denial('unauthorized', 'this key is not known');
    const test = await keyed(({ resolveName }) =>
      resolveName.tap(() => {
        throw denial;
      }, SECRET),
    );
    expect(await attempt(test, KEYED)).toBe(denial);
    expect(test.log.messages('info')).toEqual([`live/*** ${who} denied: this key is not known`]);
    expectHidden(test, denial);
  });

  test.each([
    [
      'throws an error with the key in it',
      () => Promise.reject(new Error(`no room for ${KEY} (key=${KEY})`)),
    ],
    [
      'throws an error whose cause holds the key',
      () => Promise.reject(new Error('failed', { cause: new Error(`GET /keys/${KEY}`) })),
    ],
    ['answers nonsense', () => 5 as never],
  ])('whose resolver %s', async (_, tap) => {
    const test = await keyed(({ resolveName }) => resolveName.tap(tap, SECRET));
    const answer = await attempt(test, KEYED);
    expect(answer).toEqual(new Denial('unavailable', 'the stream name could not be resolved'));
    expect(test.log.messages('info')).toEqual([
      `live/*** ${who} denied: the stream name could not be resolved`,
    ]);
    expect(test.log.lines).toMatchObject([{ level: 'error', plugin: 'keys', hook: 'resolveName' }, {}]);
    expectHidden(test, answer);
  });

  test('when another plugin, asked before the secret one, fails with it', async () => {
    const test = await keyed(({ resolveName }) => {
      resolveName.tap((name) => Promise.reject(new Error(`no alias for ${name}`)));
      resolveName.tap(() => 'room', SECRET);
    });
    expectHidden(test, await attempt(test, KEYED));
    expect(test.log.lines[0]).toMatchObject({ err: { message: 'no alias for ***' } });
  });

  test('whose resolver does not answer in time', async () => {
    vi.useFakeTimers();
    const test = await keyed(({ resolveName }) => resolveName.tap(() => new Promise(() => {}), SECRET), {
      server: { gateTimeoutMs: 100 },
    });
    const asked = attempt(test, KEYED);
    await vi.advanceTimersByTimeAsync(100);
    const answer = await asked;
    expect(answer).toEqual(new Denial('unavailable', 'the stream name could not be resolved'));
    expectHidden(test, answer);
  });

  test.each([
    ['denies', () => new Denial('forbidden', 'not today')],
    ['throws', () => Promise.reject(new Error('bug'))],
    [
      'throws an error with the name in it',
      ({ name }: { readonly name: string }) =>
        Promise.reject(new Error(`GET /may/${name} failed`, { cause: new Error(name) })),
    ],
  ])('that no plugin resolves, when a gate %s', async (_, gate) => {
    const test = await keyed((hooks) => {
      hooks.resolveName.tap(() => undefined, SECRET);
      hooks.publish.tap(gate);
      hooks.play.tap(gate);
    });
    const answer = await attempt(test, KEYED);
    expect(answer).toBeInstanceOf(Denial);
    expect(test.log.messages('info')).toEqual([`live/*** ${who} denied: ${(answer as Denial).reason}`]);
    expectHidden(test, answer);
  });

  test('when a gate denies after it was resolved: then the resolved name is shown', async () => {
    const test = await keyed((hooks) => {
      hooks.resolveName.tap((name) => (name === KEY ? 'room' : undefined), SECRET);
      hooks.publish.tap(() => new Denial('forbidden', 'not today'));
      hooks.play.tap(() => new Denial('forbidden', 'not today'));
    });
    const answer = await attempt(test, KEYED);
    expect(test.log.messages('info')).toEqual([`live/room ${who} denied: not today`]);
    expectHidden(test, answer);
  });

  test('when a gate fails with it after it was resolved: the resolved name is shown', async () => {
    const fail = ({ name }: { readonly name: string }) =>
      Promise.reject(new Error(`${KEY} of ${name} is out of credit`));
    const test = await keyed((hooks) => {
      hooks.resolveName.tap((name) => (name === KEY ? 'room' : undefined), SECRET);
      hooks.publish.tap(fail);
      hooks.play.tap(fail);
    });
    expectHidden(test, await attempt(test, KEYED));
    expect(test.log.lines[0]).toMatchObject({ err: { message: '*** of room is out of credit' } });
  });

  test('in an application that there is not, or that has the protocol off', async () => {
    const test = await keyed(({ resolveName }) => resolveName.tap(() => 'room', SECRET), {
      apps: { live: {}, quiet: { plugins: { test: false } } },
    });
    const answers = [
      await attempt(test, requestFor('nope', KEY)),
      await attempt(test, requestFor('quiet', KEY)),
    ];
    expect(answers).toMatchObject([{ code: 'not-found' }, { code: 'not-found' }]);
    expectHidden(test, answers);
  });

  test('is a secret in no application that has the plugin off: its names are shown', async () => {
    const test = await keyed(
      (hooks) => {
        hooks.resolveName.tap(() => 'room', SECRET);
      },
      { apps: { open: { plugins: { keys: false } } } },
    );
    await tryPublish(test, requestFor('open', 'movie'));
    expect(test.log.messages('info')).toEqual(['open/movie publisher connected']);
  });
});

describe('a viewer that waits with a secret name', () => {
  const unresolved = (hooks: HookTapper): void => hooks.resolveName.tap(() => undefined, SECRET);

  test('and is denied because nobody publishes it, at once or in time', async () => {
    vi.useFakeTimers();
    for (const waitForPublisherMs of [0, 500]) {
      const test = await keyed(unresolved, { apps: { live: { options: { waitForPublisherMs } } } });
      const playback = admitted(await tryPlay(test, KEYED));
      const found = playback.findStream();
      await vi.advanceTimersByTimeAsync(500);
      expect(await found).toEqual(new Denial('not-found', 'nobody publishes live/***'));
      expectHidden(test, await found, playback.displayKey);
    }
  });

  test('and for which plugins fail to find a provider', async () => {
    vi.useFakeTimers();
    const test = await keyed(
      (hooks) => {
        unresolved(hooks);
        hooks.streamMissing.tap(({ name }) => {
          throw new Error(`no route to ${name}`);
        });
      },
      { apps: { live: { options: { waitForPublisherMs: 500 } } } },
    );
    const found = admitted(await tryPlay(test, KEYED)).findStream();
    await vi.advanceTimersByTimeAsync(500);
    expectHidden(test, await found);
    const errors = test.log.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ hook: 'streamMissing', err: { message: 'no route to ***' } }]);
  });

  test('and whose provider fails is told so', async () => {
    const test = await keyed((hooks) => {
      unresolved(hooks);
      hooks.streamMissing.tap(() => ({
        description: 'relay',
        start: () => Promise.reject(new Denial('unavailable', 'the origin does not answer')),
        stop: () => {},
      }));
    });
    const found = await admitted(await tryPlay(test, KEYED)).findStream();
    expect(found).toEqual(
      new Denial('unavailable', 'live/*** cannot be provided: the origin does not answer'),
    );
    expectHidden(test, found);
  });

  test('and whose provider fails with an error that holds the name', async () => {
    const test = await keyed((hooks) => {
      unresolved(hooks);
      hooks.streamMissing.tap(() => ({
        description: 'relay',
        start: (publication) => Promise.reject(new Error(`no ${publication.session.name} at the origin`)),
        stop: () => {},
      }));
    });
    const found = await admitted(await tryPlay(test, KEYED)).findStream();
    expectHidden(test, found);
    expect(test.log.lines.filter(({ err }) => err !== undefined)).toMatchObject([
      { err: { message: 'no *** at the origin' } },
    ]);
  });
});

describe('a publisher whose name no plugin resolves', () => {
  test('is logged without it, from its start to its end, also when plugins and its own clock fail', async () => {
    const test = await keyed(
      (hooks) => {
        hooks.resolveName.tap(() => undefined, SECRET);
      },
      { apps: { live: { options: { keepAfterUnpublishMs: 0, duplicate: 'reject' } } } },
    );
    const publication = admitted(await tryPublish(test, KEYED));
    const stream = (kernel: Kernel) => kernel.hub.resolve(publication.stream!)!;
    stream(test.kernel).attach({
      write: () => {
        throw new Error('disk full');
      },
    });
    send(publication, video(0, 1, 'key'), video(500_000, 2));
    const second = await tryPublish(test, KEYED);
    expect(second).toEqual(new Denial('duplicate', 'live/*** is already published'));
    stream(test.kernel).configure({ ...stream(test.kernel).options, maxViewersPerStream: 1 });
    publication.end(LEFT);
    expect(test.log.messages('info')).toEqual([
      'live/*** publisher connected',
      'live/*** publisher denied: live/*** is already published',
      'live/*** publisher disconnected: the test is over',
    ]);
    expect(test.log.lines.filter(({ stream: key }) => key !== undefined)).toMatchObject([
      { level: 'error', stream: 'live/***' },
      { level: 'warn', stream: 'live/***' },
    ]);
    expectHidden(test, second);
  });
});
