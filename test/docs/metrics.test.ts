// docs/plugins/ names the metrics of each plugin, and no others.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MetricSpec } from '../../core/plugin/metrics.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';
import { readDocument } from './documents.ts';

const declared = new Map<string, string[]>(BUILTIN_PLUGINS.map(({ name }) => [name, []]));
let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'livego-metrics-'));
  server = await startTestServer({ plugins: BUILTIN_PLUGINS.map(overheard), config: configIn(folder) });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each(BUILTIN_PLUGINS.map(({ name }) => [name]))('%s.md names the metrics of the plugin', (name) => {
  const named = metricsIn(`docs/plugins/${name}.md`).filter((each) => each.startsWith(`${name}_`));
  expect(new Set(named)).toEqual(new Set(declared.get(name)));
});

test('stat.md names the metrics of the server with their types', async () => {
  // The metrics of a reload are there after the first one.
  await server.reload({ ...configIn(folder), gop_num: 2 });
  const own = server.metrics().filter(({ metric }) => /^(?:config|process|server)_/.test(metric.name));
  const rows = own.map(({ metric }) => `| \`${metric.name}\` | ${metric.type} |`);
  expect(rows.filter((row) => !readDocument('docs/plugins/stat.md').includes(row))).toEqual([]);
  const named = metricsIn('docs/plugins/stat.md').filter((each) => !each.startsWith('stat_'));
  expect(new Set(named)).toEqual(new Set(own.map(({ metric }) => metric.name)));
});

function metricsIn(path: string): string[] {
  const [, section = ''] = /^## Metrics\n(.*?)(?=^## |$(?![^]))/ms.exec(readDocument(path)) ?? [];
  return [...section.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, each = '']) => each);
}

/** Everything is on, at ports that the system chooses. */
function configIn(directory: string): Record<string, unknown> {
  const port = '127.0.0.1:0';
  return {
    rtmp: { port },
    httpflv: { port },
    hls: { port },
    stat: { port },
    api: { port, stateFile: join(directory, 'state.json') },
    auth: { keyStore: { file: join(directory, 'keys.json') } },
    record: { directory: join(directory, 'recordings') },
    replay: { port, directories: [join(directory, 'recordings')] },
    engine: { profile: 'command', command: [process.execPath] },
    notify: { url: 'http://127.0.0.1:9/' },
  };
}

/** The plugin, which declares its metrics as ever; their names are noted. */
function overheard<Options extends object>(plugin: PluginDefinition<Options>): PluginDefinition<Options> {
  const names = declared.get(plugin.name) ?? [];
  const { server: onServer, app } = plugin;
  return {
    ...plugin,
    ...(onServer && { server: (context, options) => onServer(listenTo(context, names), options) }),
    ...(app && { app: (context, options) => app(listenTo(context, names), options) }),
  };
}

function listenTo<Context extends object>(context: Context, names: string[]): Context {
  return new Proxy(context, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (key === 'metric') names.push((args[0] as MetricSpec).name);
        return Reflect.apply(value, target, args);
      };
    },
  });
}
