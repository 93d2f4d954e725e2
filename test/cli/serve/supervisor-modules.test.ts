// What a supervisor of workers loads: it runs for months beside its workers, so code that it does not need is memory lost.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What the command imports on its way to a supervisor, the last two when it has seen the config. */
const ENTRIES = ['cli/main.ts', 'cli/io.ts', 'cli/serve/serve.ts', 'core/workers/supervisor/supervisor.ts'];
const IMPORT = /^(?:import|export) (?!type )(?:[^;'"]*? from )?'([^']+)';/gm;

/** Files, from the root, and packages. */
function loadedBy(entries: readonly string[]): {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    const name = relative(ROOT, file);
    if (files.has(name)) return;
    files.add(name);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  for (const entry of entries) visit(resolve(ROOT, entry));
  return { files, packages };
}

test('a supervisor loads no plugin, no media code and no check of options, and few packages', () => {
  const { files, packages } = loadedBy(ENTRIES);
  const unneeded =
    /^(plugins|livego|testing)\/|^core\/(media|protocol|delivery|stream|http|intake)\/|^config\/(plugins|options\/(?!nearest)|resolve|migrate\/(?!source-kinds))|kernel\.ts$/;
  expect([...files].filter((file) => unneeded.test(file))).toEqual([]);
  expect([...packages].toSorted()).toEqual([
    '@humanwhocodes/momoa',
    'chokidar',
    'commander',
    'json5',
    'pino',
  ]);
  // The walk has gone somewhere.
  expect(files).toContain('core/net/listener-pool.ts');
});
