// A test of a plugin without a socket, as docs/writing-a-plugin.md shows it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../config/load.ts';
import { createLogger } from '../../core/log.ts';
import { createServer } from '../../core/server.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { shortStream } from '../helpers/media.ts';
import { publishTo } from '../helpers/rtmp-client.ts';

const METER = join(import.meta.dirname, '..', '..', 'examples', 'plugins', 'meter.ts');
const BASE = { level: 'silent', ...Object.fromEntries(BUILTIN_PLUGINS.map(({ name }) => [name, false])) };

test('a plugin answers without a socket', async () => {
  const config = { ...BASE, plugins: [METER], meter: { port: '127.0.0.1:0' } };
  const source = createConfigSource({
    file: 'test.json5',
    text: JSON.stringify(config),
    builtins: BUILTIN_PLUGINS,
  });
  const server = createServer({ source, log: createLogger() });
  await server.start();
  const answer = await server.inject('meter.port', { url: '/meter' });
  expect(answer.json()).toEqual({});
  await server.stop('the test is over');
});

test('a plugin that is replaced hands its counts to its successor', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'livego-examples-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'livego.json5');
  const configure = (path: string): void => {
    const meter = { port: '127.0.0.1:0', path };
    writeFileSync(file, JSON.stringify({ ...BASE, plugins: [METER], rtmp: { port: '127.0.0.1:0' }, meter }));
  };
  configure('/meter');
  const source = createConfigSource({ file, builtins: BUILTIN_PLUGINS });
  const server = createServer({ source, log: createLogger() });
  await server.start();
  onTestFinished(() => server.stop('the test is over'));
  const publisher = await publishTo(`rtmp://127.0.0.1:${server.port('rtmp.port')}/live/movie`);
  const [stream] = server.streams;
  const arrived = new Promise<void>((resolve) => {
    const packets = shortStream();
    let seen = 0;
    stream?.attach({ write: () => void (++seen === packets.length && resolve()) });
    void publisher.sendAll(packets);
  });
  await arrived;
  const before = (await server.inject('meter.port', { url: '/meter' })).body;
  expect(JSON.parse(before)).toMatchObject({ 'live/movie': { packets: shortStream().length } });

  configure('/counts');
  const report = await server.reload('the path has changed');
  expect(report.changes.replaced).toContain('meter');
  expect((await server.inject('meter.port', { url: '/counts' })).body).toBe(before);
});
