import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startHls } from './hls-kit.ts';

const PAGE = join(import.meta.dirname, '../../../docs/plugins/hls.md');

test('the metrics are those that the documentation lists', async () => {
  const hls = await startHls();
  const described = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(hls_\w+)` \| (\w+) \|/gm)];
  const present = hls.test.server.metrics().filter(({ metric }) => metric.name.startsWith('hls_'));
  expect(described.map(([, name, type]) => `${name} ${type}`)).toEqual(
    present.map(({ metric }) => `${metric.name} ${metric.type}`),
  );
});
