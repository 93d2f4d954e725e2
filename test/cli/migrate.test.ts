import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import { Command } from './command.ts';

let command: Command;

beforeEach(() => {
  command = new Command();
  command.builtins = BUILTIN_PLUGINS;
});

async function call(...argv: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const { code, output } = command.run(...argv);
  return { code: await code, output: output() };
}

test('livego migrate writes a config, says what it was, and lists the lines without a counterpart', async () => {
  const file = command.write(
    'nginx.conf',
    'rtmp { server { listen 1935;\n application live { live on; dash on; } } }',
  );
  const out = join(command.path, 'livego.json5');
  const { code, output } = await call('migrate', file, '--out', out);
  expect(code).toBe(0);
  expect(output).toBe(
    [
      `${file}: read as the config of nginx-rtmp-module`,
      `${file}: line 2: dash on: there is no DASH`,
      `${file}: 1 line has no counterpart, or a different one`,
      '',
    ].join('\n'),
  );
  expect((await call('check', out)).code).toBe(0);
  expect(await call('migrate', file, '--out', out)).toMatchObject({
    code: 1,
    output: `${out} exists already; nothing was written\n`,
  });
});

test('livego migrate names each value that livego would reject, with its place in the result', async () => {
  const file = command.write(
    'nginx.conf',
    'rtmp { server { chunk_size 64; application live { live on; } } }',
  );
  const { code, output } = await call('migrate', file);
  expect(code).toBe(1);
  expect(output).toMatch(/livego\.json5:\d+:\d+: rtmp\.chunkSize: 64 is too small/);
  expect(output).toContain('have to be mended before livego applies it');
});

test('livego migrate says where a file cannot be read', async () => {
  const file = command.write('livego.yaml', 'level: info\nserver: [');
  const { code, output } = await call('migrate', file);
  expect(code).toBe(1);
  expect(output).toMatch(/livego\.yaml: line \d+: /);
  expect((await call('migrate', join(command.path, 'none.yaml'))).output).toContain(
    'the file does not exist',
  );
});

test('livego migrate takes a kind that it would not recognize', async () => {
  const file = command.write(
    'box.txt',
    readFileSync(join(import.meta.dirname, '../config/migrate/sources/srs.conf'), 'utf8'),
  );
  expect((await call('migrate', file, '--from', 'srs')).output).toContain('servername: "*"');
});
