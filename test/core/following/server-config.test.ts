// A config that a plugin has applied, instead of the file's.
import { expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import type { ConfigSource } from '../../../core/config.ts';
import type { WatchFiles } from '../../../core/following/followed-files.ts';
import { definePlugin, type ServerContext } from '../../../core/plugin/plugin.ts';
import { createServer } from '../../../core/server.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

test('a config that a plugin has applied is kept over a change of another file, until the config’s file changes', async () => {
  let changed: () => void = () => {};
  const watch: WatchFiles = (_files, _options, onChange) => {
    changed = () => onChange('changed', 'server.crt');
    return { update: () => {}, close: () => Promise.resolve() };
  };
  let text = '{ maxStreams: 1 }';
  const contexts: ServerContext[] = [];
  const steering = definePlugin({
    name: 'steering',
    schema: { type: 'object', properties: {} },
    server: (context) => void contexts.push(context),
  });
  const source: ConfigSource = {
    name: 'livego.json5',
    load: (other) =>
      createConfigSource({ text: other ?? text, builtins: [steering], file: 'livego.json5' }).load(),
    read: () => Promise.resolve(text),
  };
  const server = createServer({ source, watch, log: memoryLog().log });
  await server.start();
  onTestFinished(() => server.stop('over'));
  const { config } = contexts[0]!;
  const maxStreams = (): unknown => config.current()?.server.maxStreams;
  await config.apply('{ maxStreams: 7 }', 'the test');
  expect(maxStreams()).toBe(7);
  const reports = config.reports.length;
  changed();
  await expect.poll(() => config.reports.length).toBe(reports + 1);
  expect(maxStreams()).toBe(7);
  text = '{ maxStreams: 2 }';
  changed();
  await expect.poll(maxStreams).toBe(2);
  // For instances of thousands of applications that ask each second.
  expect(config.current()).toBe(config.current());
});
