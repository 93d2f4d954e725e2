// The documentation lists the metrics that there are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startStat } from './stat-kit.ts';

const PAGE = join(import.meta.dirname, '../../../docs/plugins/stat.md');

test('the metrics are those that the documentation lists', async () => {
  const { server } = await startStat();
  const declared = server.kernel.generation.scopes.flatMap((scope) => scope.declared.metrics);
  const listed = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(stat_\w+)` \| (\w+) \|/gm)];
  const sorted = (names: string[]): string[] => names.toSorted();
  expect(sorted(listed.map(([, name, type]) => `${name} ${type}`))).toEqual(
    sorted(declared.map(({ name, type }) => `${name} ${type}`)),
  );
});

test('the alerts are those that the documentation lists', async () => {
  const rules = readFileSync(join(import.meta.dirname, '../../../plugins/stat/alerts/rules.ts'), 'utf8');
  const codes = [...rules.matchAll(/code: '([\w-]+)'/g)].map(([, code]) => code);
  const section = readFileSync(PAGE, 'utf8').split('## Alerts')[1]!.split('## Metrics')[0]!;
  const rows = [...section.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) => [
    ...cell.matchAll(/`([\w-]+)`/g),
  ]);
  expect(new Set(rows.map(([, code]) => code))).toEqual(new Set(codes));
});
