// State that the instances of one plugin have in common.
import { expect, test } from 'vitest';
import { pluginState } from '../../../../core/plugin/plugin-state.ts';
import type { PluginDefinition } from '../../../../core/plugin/plugin.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL } from '../kernel-kit.ts';

/** The servernames of its applications, as its server-wide instance sees them. */
function register(): { readonly plugin: PluginDefinition; readonly seen: ReadonlySet<string>[] } {
  const NAMES = pluginState(() => new Set<string>());
  const seen: ReadonlySet<string>[] = [];
  const plugin = pluginForTest('register', {
    server: (context) => context.onActivate(() => void seen.push(context.state(NAMES))),
    app: (context) => {
      const names = context.state(NAMES);
      context.onActivate(() => void names.add(context.servername));
    },
  });
  return { plugin, seen };
}

test('the server-wide instance of a plugin sees what the instances of its applications collect', async () => {
  const { plugin, seen } = register();
  await kernelForTest().apply({ definitions: [PROTOCOL, plugin], apps: { live: {}, event: {} } });
  expect(seen).toEqual([new Set(['live', 'event'])]);
});

test('state that instances share outlives them: their successors find it', async () => {
  const { plugin, seen } = register();
  const kernel = kernelForTest();
  const definitions = [PROTOCOL, plugin];
  await kernel.apply({ definitions });
  await kernel.apply({ definitions, plugins: { register: { changed: true } }, apps: { event: {} } });
  await kernel.apply({ definitions, plugins: { register: false } });
  await kernel.apply({ definitions, apps: { other: {} } });
  expect(new Set(seen)).toEqual(new Set([seen[0]]));
  expect(seen[0]).toEqual(new Set(['live', 'event', 'other']));
});

test('two servers in one process do not share it', async () => {
  const { plugin, seen } = register();
  for (const servername of ['live', 'event'])
    await kernelForTest().apply({ definitions: [PROTOCOL, plugin], apps: { [servername]: {} } });
  expect(seen).toEqual([new Set(['live']), new Set(['event'])]);
});

test('a plugin whose code has changed starts with new state', async () => {
  const [before, after] = [register(), register()];
  const kernel = kernelForTest();
  await kernel.apply({ definitions: [PROTOCOL, before.plugin] });
  await kernel.apply({ definitions: [PROTOCOL, after.plugin], apps: { event: {} } });
  expect(after.seen).toEqual([new Set(['event'])]);
});
