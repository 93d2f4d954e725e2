// Streams whose names may be secrets and stay what they are: viewers that wait for them, and their publishers.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Kernel } from '../../../core/kernel/kernel.ts';
import type { HookTapper } from '../../../core/plugin/hooks.ts';
import { Denial } from '../../../core/session/denial.ts';
import { admitted, send, tryPlay, tryPublish } from '../kernel/kernel-kit.ts';
import { LEFT, video } from '../stream/stream-kit.ts';
import { expectHidden, KEYED, keyed, SECRET } from './secret-names-kit.ts';

afterEach(() => void vi.useRealTimers());

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

  test('and whose provider denies with the name in the reason', async () => {
    const test = await keyed((hooks) => {
      unresolved(hooks);
      hooks.streamMissing.tap(({ name }) => ({
        description: 'relay',
        start: () => Promise.reject(new Denial('unavailable', `the origin has no ${name}`)),
        stop: () => {},
      }));
    });
    const found = await admitted(await tryPlay(test, KEYED)).findStream();
    expect(found).toEqual(new Denial('unavailable', 'live/*** cannot be provided: the origin has no ***'));
    expectHidden(test, found);
  });

  test('and whose provider ends with the name in the cause', async () => {
    const test = await keyed((hooks) => {
      unresolved(hooks);
      hooks.streamMissing.tap(({ name }) => ({
        description: 'relay',
        start: (publication) => publication.end({ code: 'failed', message: `${name} is away` }),
        stop: () => {},
      }));
    });
    const found = await admitted(await tryPlay(test, KEYED)).findStream();
    expectHidden(test, found);
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
    const at = (start: number) => [0, 500, 1000, 1500, 2000].map((time) => video(start + time, 1, 'key'));
    send(publication, ...at(0), ...at(500_000));
    const second = await tryPublish(test, KEYED);
    expect(second).toEqual(new Denial('duplicate', 'live/*** is already published'));
    stream(test.kernel).configure({ ...stream(test.kernel).options, maxViewersPerStream: 1 });
    publication.end(LEFT);
    expect(test.log.messages('info')).toEqual([
      'live/*** publisher connected',
      'live/*** publisher denied: live/*** is already published',
      'live/*** publisher sends H.264',
      'live/*** publisher disconnected: the test is over',
    ]);
    expect(test.log.lines.filter(({ stream: key }) => key !== undefined)).toMatchObject([
      { level: 'error', stream: 'live/***' },
      { level: 'warn', stream: 'live/***' },
      { level: 'info', stream: 'live/***' },
    ]);
    expectHidden(test, second);
  });
});
