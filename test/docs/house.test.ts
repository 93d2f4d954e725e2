// The house is as the documents draw it: rooms, entry points, and what plugins import.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocument, ROOT } from './documents.ts';

const PACKAGE = JSON.parse(readDocument('package.json')) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Folders of sources, beside core. */
const PARTS = ['config', 'plugins', 'livego', 'testing', 'cli', 'bin', 'bench', 'test'];

/** What a plugin may import of livego. */
const PLUGIN_ENTRY_POINTS = ['livego', 'livego/files', 'livego/http', 'livego/media', 'livego/rtmp'];

describe('docs/architecture.md', () => {
  test('has every room in its table', () => {
    const rows = readDocument('docs/architecture.md').matchAll(/^\| (`.*?) \|/gm);
    const cells = [...rows].map(([, cell = '']) => cell).join();
    const core = readdirSync(join(ROOT, 'core'), { withFileTypes: true });
    const rooms = core.filter((entry) => entry.isDirectory()).map(({ name }) => `core/${name}`);
    expect([...rooms, ...PARTS].filter((room) => !cells.includes(`\`${room}/\``))).toEqual([]);
  });
});

describe.each(['CONTRIBUTING.md', 'docs/architecture.md'])('%s', (path) => {
  test('names files and folders that exist', () => {
    const named = [...readDocument(path).matchAll(/`([a-z]+\/[\w./-]*)`/g)].map(([, name = '']) => name);
    // Folders such as `bench/.peers` are made when they are needed.
    const ours = named.filter(
      (name) => existsSync(join(ROOT, name.split('/', 1)[0] ?? '')) && !name.includes('/.'),
    );
    const missing = ours.filter((name) => ![name, `${name}.ts`].some((each) => existsSync(join(ROOT, each))));
    expect(missing).toEqual([]);
    expect(ours.length).toBeGreaterThan(10);
  });
});

describe('the entry points', () => {
  const entryPoints = readdirSync(join(ROOT, 'livego'))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();

  test('are the files of livego/, each an export of the package', () => {
    const exported = Object.entries(PACKAGE.exports).filter(([name]) => name !== './package.json');
    const wanted = entryPoints.map((entry) => [
      entry === 'index' ? '.' : `./${entry}`,
      { types: `./dist/livego/${entry}.d.ts`, default: `./dist/livego/${entry}.js` },
    ]);
    expect(Object.fromEntries(exported)).toEqual(Object.fromEntries(wanted));
  });

  test('have a row each in docs/writing-a-plugin.md', () => {
    const rows = readDocument('docs/writing-a-plugin.md').matchAll(/^\| `(livego(?:\/\w+)?)` \|/gm);
    const names = entryPoints.map((entry) => (entry === 'index' ? 'livego' : `livego/${entry}`));
    expect(new Set([...rows].map(([, name]) => name))).toEqual(new Set(names));
  });
});

describe('plugins', () => {
  const folders = readdirSync(join(ROOT, 'plugins'), { withFileTypes: true });

  test.each(folders.filter((each) => each.isDirectory()).map(({ name }) => name))(
    '%s imports what a custom plugin can: entry points, packages and its own files',
    (name) => {
      const folder = join('plugins', name);
      const strangers = sourcesIn(folder).flatMap((file) =>
        importsOf(file)
          .filter((specifier) => !isOpenTo(specifier, file, folder))
          .map((specifier) => `${file}: ${specifier}`),
      );
      expect(strangers).toEqual([]);
    },
  );

  test('index.ts imports a type of "livego" and the plugins', () => {
    const imports = importsOf(join('plugins', 'index.ts'));
    expect(imports.filter((each) => !/^\.\/[a-z-]+\/index\.ts$/.test(each))).toEqual(['livego']);
  });

  function isOpenTo(specifier: string, file: string, folder: string): boolean {
    if (!specifier.startsWith('.')) {
      const name = specifier.startsWith('@')
        ? specifier.split('/').slice(0, 2).join('/')
        : specifier.split('/', 1)[0];
      const isPackage = name !== 'livego' && Object.hasOwn(PACKAGE.dependencies, name ?? '');
      return specifier.startsWith('node:') || PLUGIN_ENTRY_POINTS.includes(specifier) || isPackage;
    }
    const target = normalize(join(dirname(file), specifier));
    return target.startsWith(`${folder}/`) && existsSync(join(ROOT, target));
  }
});

/** Paths of TypeScript files in a folder of the root, at any depth. */
function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** What a file imports or exports from elsewhere, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = text.matchAll(
    /^(?:import|export)\b[^'";]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return [...specifiers].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '');
}
