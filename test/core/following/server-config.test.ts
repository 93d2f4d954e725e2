// A config that a plugin has applied or changed, beside files that others change.
import { expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import type { ConfigSource } from '../../../core/config.ts';
import type { WatchFiles } from '../../../core/following/followed-files.ts';
import type { ConfigAccess } from '../../../core/plugin/config-access.ts';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { createServer } from '../../../core/server.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

interface SteeredServer {
  readonly config: ConfigAccess;
  /** The config's file. */
  text: string;
  /** The watcher tells that a file has changed. */
  changed(): void;
  /** Called before each text is loaded; of the file's, `undefined`. What it returns is awaited. */
  beforeLoad: (text: string | undefined) => void | Promise<void>;
  readonly maxStreams: unknown;
}

async function steer(text: string): Promise<SteeredServer> {
  let changed: () => void = () => {};
  const watch: WatchFiles = (_files, _options, onChange) => {
    changed = () => onChange('changed', 'server.crt');
    return { update: () => {}, close: () => Promise.resolve() };
  };
  const configs: ConfigAccess[] = [];
  const steering = definePlugin({
    name: 'steering',
    schema: { type: 'object', properties: {} },
    server: (context) => void configs.push(context.config),
  });
  const source: ConfigSource = {
    name: 'livego.json5',
    load: async (other) => {
      await steered.beforeLoad(other);
      const given = { text: other ?? steered.text, builtins: [steering], file: 'livego.json5' };
      return await createConfigSource(given).load();
    },
    read: () => Promise.resolve(steered.text),
    write: async (written) => void (steered.text = written),
  };
  const server = createServer({ source, watch, log: memoryLog().log });
  const steered: SteeredServer = {
    text,
    beforeLoad: () => {},
    changed: () => changed(),
    get config() {
      return configs[0]!;
    },
    get maxStreams() {
      return configs[0]!.current()?.server.maxStreams;
    },
  };
  await server.start();
  onTestFinished(() => server.stop('over'));
  return steered;
}

test('a config that a plugin has applied is kept over a change of another file, until the config’s file changes', async () => {
  const server = await steer('{ maxStreams: 1 }');
  await server.config.apply('{ maxStreams: 7 }', 'the test');
  expect(server.maxStreams).toBe(7);
  const reports = server.config.reports.length;
  server.changed();
  await expect.poll(() => server.config.reports.length).toBe(reports + 1);
  expect(server.maxStreams).toBe(7);
  server.text = '{ maxStreams: 2 }';
  server.changed();
  await expect.poll(() => server.maxStreams).toBe(2);
});

test('a file that is saved while a plugin’s config is applied comes after it', async () => {
  const server = await steer('{ maxStreams: 1 }');
  server.beforeLoad = () => void (server.text = '{ maxStreams: 2 }');
  await server.config.apply('{ maxStreams: 7 }', 'the test');
  expect(server.maxStreams).toBe(7);
  server.changed();
  await expect.poll(() => server.maxStreams).toBe(2);
});

test.each(['waits', 'is applied'])(
  'a plugin’s config that %s is kept over a change of another file',
  async (when) => {
    const server = await steer('{ maxStreams: 1 }');
    const reports = server.config.reports.length;
    let release = (): void => {};
    let reached = (): void => {};
    const loading = new Promise<void>((resolve) => (reached = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    server.beforeLoad = () => (reached(), released);
    if (when === 'waits') void server.config.reload('a reload that takes a while');
    const applied = server.config.apply('{ maxStreams: 7 }', 'the test');
    await loading;
    server.changed();
    release();
    expect(await applied).toMatchObject({ outcome: 'applied' });
    await expect.poll(() => server.config.reports.length).toBe(reports + 2);
    expect(server.maxStreams).toBe(7);
  },
);

test('a change is made to a file that a program saves again and again', async () => {
  const server = await steer('{ maxStreams: 1 }');
  let saves = 0;
  // Each check of a text takes longer than the program pauses.
  server.beforeLoad = (text) => {
    if (text !== undefined) server.text = `{ maxStreams: 1 } // save ${++saves}`;
  };
  const edited = await server.config.edit((text) => text.replace('1', '7'), { reason: 'the test' });
  expect(edited).toMatchObject({ outcome: 'saved', report: { outcome: 'applied' } });
  expect(server.text).toBe(`{ maxStreams: 7 } // save ${saves}`);
  expect(server.maxStreams).toBe(7);
});

test('a change with a fault is taken back from a file that a program saves again and again', async () => {
  const server = await steer('{ maxStreams: 1 }');
  let saves = 0;
  let valid = true;
  server.beforeLoad = (text) => {
    if (text !== undefined) server.text = `{ maxStreams: 1${++saves} }`;
    // The text that no check has seen.
    valid = saves < 4;
  };
  const change = (text: string): string => (valid ? `${text} // changed` : '{ maxStreams: "many" }');
  const edited = await server.config.edit(change, { reason: 'the test' });
  expect(edited).toMatchObject({ outcome: 'rejected', faults: [{ path: 'maxStreams' }] });
  expect(server.text).toBe('{ maxStreams: 14 }');
  expect(server.maxStreams).toBe(1);
});

test('the applied config is described once, however often it is asked for', async () => {
  const server = await steer('{ maxStreams: 1 }');
  const first = server.config.current();
  expect(server.config.current()).toBe(first);
  await server.config.apply('{ maxStreams: 7 }', 'the test');
  expect(server.config.current()).not.toBe(first);
});
