// What an instance announces while it stops reaches the plugins that listen, wherever they stand in the list of plugins.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FileFacts, PluginContext } from '../../../../core/plugin/plugin.ts';
import type { TestConfig, TestAppConfig } from '../../../helpers/config.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, publishTo, requestFor } from '../kernel-kit.ts';

function fileOf(app: string, path: string): FileFacts {
  const at = new Date(0);
  return {
    kind: 'recording',
    app,
    name: 'movie',
    session: undefined,
    path,
    bytes: 1,
    durationMs: 1,
    startedAt: at,
    endedAt: at,
  };
}

/** Completes a file of its application when it stops, some turns later. */
const recorder = pluginForTest('recorder', {
  app: (context) =>
    context.onStop(async () => {
      await nextTurn();
      context.fileEnd(fileOf(context.servername, `${context.servername}.flv`));
    }),
});

/** Makes a thumbnail of each recording, and one more file when it stops. */
function thumbnails(heard: string[]) {
  return pluginForTest('thumbnails', {
    app(context) {
      context.hooks.fileEnd.tap(
        ({ path }) => void heard.push(`thumbnails of ${context.servername}: ${path}`),
      );
      context.onStop((cause) => {
        heard.push(`thumbnails of ${context.servername} stop: ${cause}`);
        context.fileEnd(fileOf(context.servername, `${context.servername}.jpg`));
      });
    },
  });
}

function listener(name: string, heard: string[]) {
  const declare = (context: PluginContext): void => {
    context.hooks.fileEnd.tap(({ path }) => void heard.push(`${name}: ${path}`));
    context.onStop(() => void heard.push(`${name} stops`));
  };
  return pluginForTest(name, { server: declare });
}

test('a plugin that listens hears what is completed when the server stops, also if it is the last of the list', async () => {
  const heard: string[] = [];
  const kernel = kernelForTest();
  const definitions = [listener('hooks', heard), recorder, thumbnails(heard), listener('uploader', heard)];
  await kernel.apply({ definitions });
  await kernel.kernel.stop('over');
  expect(heard).toEqual([
    'hooks: live.flv',
    'thumbnails of live: live.flv',
    'uploader: live.flv',
    'uploader stops',
    'thumbnails of live stop: shutdown',
    'hooks: live.jpg',
    'hooks stops',
  ]);
});

test('instances of one plugin stop at the same time, those of a plugin before it later', async () => {
  const order: string[] = [];
  const slow = (name: string) =>
    pluginForTest(name, {
      server: (context) => context.onStop(() => void order.push(`${name} stops`)),
      app: ({ servername, onStop }) =>
        onStop(async () => {
          order.push(`${name} of ${servername} begins`);
          await nextTurn();
          order.push(`${name} of ${servername} ends`);
        }),
    });
  const kernel = kernelForTest();
  await kernel.apply({ definitions: [slow('one'), slow('two')], apps: { live: {}, event: {} } });
  await kernel.kernel.stop('over');
  expect(order).toEqual(
    ['two', 'one'].flatMap((name) => [
      `${name} of event begins`,
      `${name} of live begins`,
      `${name} of event ends`,
      `${name} of live ends`,
      `${name} stops`,
    ]),
  );
});

describe('a reload', () => {
  const without: readonly (readonly [string, Readonly<Record<string, TestAppConfig>>, string[]])[] = [
    [
      'that removes the application tells its own listeners, and the server-wide ones',
      { event: {} },
      [
        'uploader: live.flv',
        'thumbnails of live: live.flv',
        'thumbnails of live stop: removed',
        'uploader: live.jpg',
      ],
    ],
    [
      'that switches the recorder off for the application tells the listeners, which stay',
      { live: { plugins: { recorder: false } }, event: {} },
      ['uploader: live.flv', 'thumbnails of live: live.flv'],
    ],
  ];
  test.each(without)('%s', async (_, apps, expected) => {
    const heard: string[] = [];
    const kernel = kernelForTest();
    const definitions = [listener('uploader', heard), PROTOCOL, recorder, thumbnails(heard)];
    const config: TestConfig = { definitions, apps: { live: {}, event: {} } };
    await kernel.apply(config);
    await publishTo(kernel, requestFor());
    await kernel.apply({ ...config, apps });
    expect(heard).toEqual(expected);
  });
});
