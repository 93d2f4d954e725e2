// The dashboard and the alert rules name metrics that there are.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../helpers/server.ts';

const FOLDER = join(import.meta.dirname, '../../../examples/grafana');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

interface Dashboard {
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly w: number };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}

/** Names as Prometheus stores them. */
async function storedNames(): Promise<Set<string>> {
  const test = await startServer({
    config: { stat: {}, relay: { pull: [{ url: 'rtmp://127.0.0.1:9/a/b', name: 'b' }] } },
  });
  const declared = new Set<string>();
  for (const scope of test.server.kernel.generation.scopes)
    for (const { name, type } of scope.declared.metrics) add(declared, name, type);
  for (const { metric } of test.server.metrics()) add(declared, metric.name, metric.type);
  return declared;
}

function add(names: Set<string>, name: string, type: string): void {
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  for (const suffix of suffixes) names.add(`livego_${name}${suffix}`);
}

function namedIn(text: string): string[] {
  return [...new Set([...text.matchAll(/livego_\w+/g)].map(([name]) => name))];
}

test('the dashboard is one that Grafana takes, and its metrics exist', async () => {
  const dashboard = JSON.parse(read('livego.json')) as Dashboard;
  expect(dashboard).toMatchObject({ title: 'livego', schemaVersion: 39 });
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { title, type, gridPos, targets } of dashboard.panels) {
    expect(title).not.toBe('');
    expect(['stat', 'timeseries']).toContain(type);
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(targets.every(({ expr }) => expr.includes('livego_'))).toBe(true);
  }
  const known = await storedNames();
  const named = namedIn(read('livego.json'));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('every expression of the dashboard is one that Prometheus understands', () => {
  const { panels } = JSON.parse(read('livego.json')) as Dashboard;
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const rules = expressions.map(
    (expr, index) =>
      `      - record: dashboard:${index}\n        expr: ${JSON.stringify(expr.replaceAll('$instance', 'x'))}\n`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'livego-dashboard-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'rules.yml');
  writeFileSync(file, `groups:\n  - name: dashboard\n    rules:\n${rules.join('')}`);
  const checked = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  expect([checked.status, checked.stderr]).toEqual([0, '']);
});

test('the alert rules pass promtool, and their metrics exist', async () => {
  const checked = spawnSync('promtool', ['check', 'rules', join(FOLDER, 'alerts.yml')], { encoding: 'utf8' });
  expect([checked.status, checked.stderr]).toEqual([0, '']);
  const known = await storedNames();
  expect(namedIn(read('alerts.yml')).filter((name) => !known.has(name))).toEqual([]);
});
