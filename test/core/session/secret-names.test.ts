// Stream names that clients ask for may be secrets, such as channel keys. They are not told to anybody.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { EndCause } from '../../../core/end-cause.ts';
import type { ServerContext } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { admitted, kernelForTest, PROTOCOL, requestFor, tryPlay, tryPublish } from '../kernel/kernel-kit.ts';
import { expectHidden, KEY, KEYED, keyed, SECRET } from './secret-names-kit.ts';

afterEach(() => void vi.useRealTimers());

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
    [
      'denies with the name in the reason',
      ({ name }: { readonly name: string }) => new Denial('forbidden', `you may not have ${name}`),
    ],
    [
      'throws a denial with the name in it',
      ({ name }: { readonly name: string }) => Promise.reject(new Denial('forbidden', `no ${name} for you`)),
    ],
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

  test('that the resolver denies with the name in the reason', async () => {
    const told: string[] = [];
    const test = await keyed(({ resolveName, denied }) => {
      resolveName.tap((name) => Promise.reject(new Denial('unauthorized', `no room for ${name}`)), SECRET);
      denied.tap(({ displayKey }, { reason }) => void told.push(`${displayKey}: ${reason}`));
    });
    const answer = await attempt(test, KEYED);
    expect(answer).toMatchObject({ code: 'unauthorized', reason: 'no room for ***' });
    expect(told).toEqual(['live/***: no room for ***']);
    expectHidden(test, answer);
  });

  test('that a gate denies with a time to try again and challenges: they stay', async () => {
    const challenges = [{ scheme: 'Basic', parameters: {} }];
    const gate = ({ name }: { readonly name: string }) =>
      new Denial('unauthorized', `who are you, ${name}?`, { retryAfterSeconds: 7, challenges });
    const test = await keyed((hooks) => {
      hooks.resolveName.tap(() => undefined, SECRET);
      hooks.publish.tap(gate);
      hooks.play.tap(gate);
    });
    expect(await attempt(test, KEYED)).toEqual(
      new Denial('unauthorized', 'who are you, ***?', { retryAfterSeconds: 7, challenges }),
    );
  });

  test('is in the request, and so is what may be shown of it', async () => {
    const seen: string[] = [];
    const test = await keyed((hooks) => {
      hooks.resolveName.tap((name, { displayKey }) => {
        seen.push(`asked ${displayKey}`);
        return name === KEY ? undefined : 'room';
      }, SECRET);
      const gate = ({ displayKey }: { readonly displayKey: string }): void => void seen.push(displayKey);
      hooks.publish.tap(gate);
      hooks.play.tap(gate);
    });
    await attempt(test, KEYED);
    await attempt(test, requestFor('live', 'sk_other'));
    expect(seen).toEqual(['asked live/***', 'live/***', 'asked live/***', 'live/room']);
  });

  test('when a plugin closes the session with the name in the cause, or a check finds its right over', async () => {
    let context: ServerContext | undefined;
    let over = false;
    const gate = ({ name }: { readonly name: string }) =>
      over ? new Denial('forbidden', `${name} was withdrawn`) : undefined;
    const keys = pluginForTest('keys', {
      server: (given) => {
        context = given;
        given.hooks.resolveName.tap(() => undefined, SECRET);
        given.hooks.publish.tap(gate);
        given.hooks.play.tap(gate);
      },
    });
    const test = kernelForTest();
    await test.apply({ definitions: [PROTOCOL, keys] });
    const causes: string[] = [];
    const close = ({ message }: EndCause): void => void causes.push(message);
    const { session } = admitted(await attempt(test, KEYED, close));
    session.close({ code: 'kicked', message: `${KEY} is not wanted` });
    await attempt(test, requestFor('live', `${KEY}2`), close);
    over = true;
    await context!.recheck();
    expect(causes).toEqual(['*** is not wanted', 'its right has ended: *** was withdrawn']);
    expectHidden(test);
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
