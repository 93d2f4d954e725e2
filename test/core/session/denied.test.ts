// Plugins are told of every client that was denied, whoever denied it, and never by a name that may be a secret.
import { expect, test } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { pluginForTest } from '../../helpers/config.ts';
import {
  enter,
  kernelForTest,
  PROTOCOL,
  publishTo,
  requestFor,
  tryPlay,
  tryPublish,
} from '../kernel/kernel-kit.ts';

function observer(told: string[]) {
  return pluginForTest('observer', {
    app: ({ hooks }) =>
      hooks.denied.tap(
        ({ role, app, displayKey }, { code }) => void told.push(`${role} ${app} ${displayKey}: ${code}`),
      ),
  });
}

test('by a gate, by a limit, by a taken name, by a name that cannot be resolved', async () => {
  const told: string[] = [];
  const gates = pluginForTest('gates', {
    server: ({ hooks }) => {
      hooks.connect.tap(({ app }) => (app === 'closed' ? new Denial('forbidden', 'no') : undefined));
      hooks.play.tap(() => new Denial('unauthorized', 'no'));
      hooks.resolveName.tap((name) =>
        name === 'broken' ? Promise.reject(new Denial('invalid', 'no')) : undefined,
      );
    },
  });
  const test = kernelForTest();
  const options = { duplicate: 'reject' } as const;
  await test.apply({
    definitions: [PROTOCOL, gates, observer(told)],
    apps: { live: { options }, closed: {} },
  });
  await enter(test, requestFor('closed'));
  await tryPlay(test, requestFor('live', 'movie'));
  await publishTo(test, requestFor('live', 'movie'));
  await tryPublish(test, requestFor('live', 'movie'));
  await tryPublish(test, requestFor('live', 'broken'));
  expect(told).toEqual([
    'connect closed closed: forbidden',
    'play live live/movie: unauthorized',
    'publish live live/movie: duplicate',
    'publish live live/broken: invalid',
  ]);
});

test('a name that may be a secret is hidden', async () => {
  const told: string[] = [];
  const keys = pluginForTest('keys', {
    server: ({ hooks }) => {
      hooks.resolveName.tap(() => undefined, { secret: true });
      hooks.publish.tap(() => new Denial('unauthorized', 'no'));
    },
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, keys, observer(told)] });
  await tryPublish(test, requestFor('live', 'hush'));
  expect(told).toEqual(['publish live live/***: unauthorized']);
});
