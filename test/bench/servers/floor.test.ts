// The floor is plain JavaScript beside the build, so the compiler does not check what it imports.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

test('the floor imports what the sources export', async () => {
  const source = readFileSync(join(ROOT, 'bench', 'servers', 'floor.mjs'), 'utf8');
  const imports = [...source.matchAll(/^import \{ (.+) \} from '\.\.\/\.\.\/dist\/(.+)\.js';$/gm)];
  expect(imports.length).toBeGreaterThan(0);
  for (const [, names = '', path = ''] of imports) {
    const module = (await import(join(ROOT, `${path}.ts`))) as Record<string, unknown>;
    for (const name of names.split(', ')) expect(module[name], `${name} of ${path}`).toBeTypeOf('function');
  }
});
