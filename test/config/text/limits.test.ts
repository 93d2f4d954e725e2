// Configs that nobody would write by hand, and files that are none.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { readCredentials } from '../../../core/net/tls.ts';
import { readRegularFile } from '../../../core/files/regular-file.ts';
import { BUILTIN_PLUGINS } from '../../../plugins/index.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'livego-limits-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function faultsOf(text: string): Promise<readonly string[]> {
  const source = createConfigSource({ file: 'test.json5', text, env: {}, builtins: BUILTIN_PLUGINS });
  const loaded = await source.load();
  expect(loaded.ok).toBe(false);
  return loaded.ok ? [] : loaded.faults.map(({ line, message }) => `${line ?? '-'}: ${message}`);
}

test('a config that is too large is rejected in one sentence', async () => {
  expect(await faultsOf(`{/*${'x'.repeat(2_000_000)}*/}`)).toEqual([
    '-: the config has more than 1048576 bytes',
  ]);
});

test.each(['[', '{a:'])('braces nested 5,000 deep are a fault with its place (%s)', async (opening) => {
  const closing = opening === '[' ? ']' : '}';
  const text = `{\n a: ${opening.repeat(5000)}1${closing.repeat(5000)}\n}`;
  expect(await faultsOf(text)).toEqual(['2: braces are nested more than 64 deep here']);
});

test('neither full-width braces nor a line that ends with a carriage return alone hide how deep braces are nested', async () => {
  const deep = '{a:'.repeat(5000);
  expect(await faultsOf(`{ a: ${deep.replaceAll('{', '｛')}`)).toEqual([
    '1: braces are nested more than 64 deep here',
  ]);
  expect(await faultsOf(`{ //\r a: ${deep}`)).toEqual(['2: braces are nested more than 64 deep here']);
});

test.each([
  ['{', '/* '],
  ['{', '"a\\'],
  ['{', `'\\"`],
  ['x', '/* '],
  ['x', ' '],
])(
  'a megabyte that opens again and again what is never closed is looked at once (%j, %j)',
  async (start, opening) => {
    expect(await faultsOf(start + opening.repeat(1_000_000 / opening.length) + 'x')).toHaveLength(1);
  },
);

test('of ten thousand unknown keys a hundred are told, and the others are counted', async () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `unknown${index}: 1,`);
  const faults = await faultsOf(`{${keys.join('\n')}}`);
  expect(faults).toHaveLength(101);
  expect(faults.at(-1)).toBe('-: there are 9900 more faults like these');
});

test('a config has a number of values beyond which it is not read; commas in strings and comments are none', async () => {
  const fault =
    '2: there are more than 20000 values up to here. A servername may stand for many applications: "event-*"';
  expect(await faultsOf(`{\n${'a:1,'.repeat(20_001)}}`)).toEqual([fault]);
  expect(await faultsOf(`{servers:[\n${'{servername:"a"},'.repeat(50_000)}]}`)).toEqual([fault]);
  const commas = ','.repeat(30_000);
  expect(await faultsOf(`{/*${commas}*/ flvprt: "${commas}" //${commas}\n}`)).toEqual([
    expect.stringContaining('unknown key'),
  ]);
});

test('applications have a number beyond which none is looked at', async () => {
  expect(await faultsOf(`{servers:[${'{servername:"a"},'.repeat(5000)}]}`)).toEqual([
    '1: 5000 applications are too many; 2000 are allowed. A servername may stand for many: "event-*"',
  ]);
});

test('a key of a megabyte is compared with no name that it cannot be', async () => {
  expect(await faultsOf(JSON.stringify({ ['x'.repeat(900_000)]: 1 }))).toHaveLength(1);
});

test('a pipe as config, certificate or any other file is a fault, and nothing waits for its writer', async () => {
  const pipe = join(folder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const loaded = await createConfigSource({ file: pipe, env: {}, builtins: [] }).load();
  expect(loaded.ok ? [] : loaded.faults.map(({ message }) => message)).toEqual(['this is no regular file']);
  await expect(readCredentials({ cert: pipe, key: pipe }, 'hls.tls')).rejects.toThrow(
    /hls\.tls\.\w+: .*pipe cannot be read \(this is no regular file\)/,
  );
});

test('a file is read up to its limit, also one that says it is empty', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, 'x'.repeat(10_000));
  expect((await readRegularFile(file, { maxBytes: 10_000 })).toString()).toBe('x'.repeat(10_000));
  await expect(readRegularFile(file, { maxBytes: 9_999 })).rejects.toThrow('more than 9999 bytes');
  expect((await readRegularFile('/proc/self/status', { maxBytes: 65_536 })).toString()).toContain('Pid:');
  await expect(readRegularFile('/dev/zero', { maxBytes: 10 })).rejects.toThrow('no regular file');
  await expect(readRegularFile(folder(), { maxBytes: 10 })).rejects.toMatchObject({ code: 'EISDIR' });
});
