import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createConfigSource } from '../../config/load.ts';
import type { ConfigSource } from '../../core/config.ts';
import { FAKES } from './fake-plugins.ts';

let file: string;

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'livego-load-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  file = join(directory, 'livego.json5');
});

function source(whenMissing?: 'fault' | 'defaults'): ConfigSource {
  const rest = whenMissing === undefined ? {} : { whenMissing };
  return createConfigSource({ file, builtins: FAKES, env: {}, ...rest });
}

const MISSING = { line: undefined, column: undefined, path: '', message: 'the file does not exist' };

describe('a config source', () => {
  test('reads its file again at each load', async () => {
    const config = source();
    for (const gops of [2, 3]) {
      writeFileSync(file, `{ gop_num: ${gops} }`);
      expect(await config.load()).toMatchObject({
        ok: true,
        config: { apps: [{ options: { gop_num: gops } }] },
        files: [file],
      });
    }
  });

  test('reads many applications in many turns of the event loop', async () => {
    const servers = Array.from({ length: 40 }, (_, index) => ({ servername: `app-${index}` }));
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now++);
    onTestFinished(() => clock.mockRestore());
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    const loaded = await source().load(JSON.stringify({ servers }));
    clearImmediate(timer);
    expect(loaded).toMatchObject({ ok: true, config: { apps: servers } });
    // Sections are read and options are checked, one application after another.
    expect(turns).toBeGreaterThan(30);
  });

  test('loads another text in place of the file, as if it stood there', async () => {
    writeFileSync(file, '{ gop_num: 2 }');
    writeFileSync(
      `${file}.mine.js`,
      'export default { name: "mine", schema: { type: "object" }, app() {} };',
    );
    const config = source();
    const text = '{ gop_num: 3, plugins: ["./livego.json5.mine.js"] }';
    expect(await config.load(text)).toMatchObject({
      ok: true,
      config: { apps: [{ options: { gop_num: 3 } }] },
    });
    expect(await config.load('{ gop_num: -1 }')).toMatchObject({ ok: false, faults: [{ file, line: 1 }] });
    expect(await config.load()).toMatchObject({ ok: true, config: { apps: [{ options: { gop_num: 2 } }] } });
  });
});

describe('a file that is missing', () => {
  test('is a fault, and is followed', async () => {
    expect(await source().load()).toEqual({
      ok: false,
      files: [file],
      warnings: [],
      faults: [{ file, ...MISSING }],
    });
  });

  test('may mean the defaults of every option', async () => {
    const loaded = await source('defaults').load();
    expect(loaded).toMatchObject({ ok: true, config: { apps: [{ servername: 'live' }] } });
    expect(loaded.warnings).toEqual([
      `there is no ${file}; running with the defaults of every option (livego init writes one)`,
    ]);
  });

  test('is a fault in any case if it was there before', async () => {
    const config = source('defaults');
    writeFileSync(file, '{}');
    await config.load();
    rmSync(file);
    expect(await config.load()).toMatchObject({ ok: false, faults: [MISSING] });
  });
});

test('each folder of config/ imports only from those before it', () => {
  const order = ['text', 'classic', 'options', 'plugins', 'resolve', 'reference'];
  const foldersBefore = (folder: string): string[] => order.slice(0, Math.max(0, order.indexOf(folder)));
  const root = new URL('../../config/', import.meta.url);
  const upwards = [...order, 'watch'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root)).flatMap((file) => {
      const text = readFileSync(new URL(`${folder}/${file}`, root), 'utf8');
      const imports = [...text.matchAll(/from '\.\.\/(?!\.\.)([^']+)/g)].map(([, target = '']) => target);
      return imports
        .filter((target) => !foldersBefore(folder).includes(target.split('/')[0] ?? ''))
        .map((target) => `${folder}/${file} imports ${target}`);
    }),
  );
  expect(upwards).toEqual([]);
});
