// Which instances serve an application, in the order in which their gates are asked.
import { expect, test } from 'vitest';
import type { ResolvedApp, ResolvedConfig } from '../../../../core/config.ts';
import { pluginForTest, resolveForTest, type TestAppConfig } from '../../../helpers/config.ts';
import { kernelForTest } from '../kernel-kit.ts';

const both = pluginForTest('both', { server: () => {}, app: () => {} });
const alone = pluginForTest('alone', { app: () => {} });
const wide = pluginForTest('wide', { server: () => {} });

test('an application is served by each plugin in turn, the server’s instance before its own', async () => {
  const { kernel, apply } = kernelForTest();
  await apply({
    definitions: [both, alone, wide],
    apps: { live: {}, event: { plugins: { both: false, wide: false } } },
  });
  const labels = kernel.generation.apps.all.map(({ scopes }) => scopes.map(({ label }) => label));
  expect(labels).toEqual([['both', 'both of live', 'alone of live', 'wide'], ['alone of event']]);
});

test('twice as many applications cost twice as much, and no more', async () => {
  const [few, many] = [await readsFor(100), await readsFor(200)];
  expect(many / few).toBeLessThan(2.1);
});

/** How often the name of an application is read while a config with so many of them is applied. */
async function readsFor(count: number): Promise<number> {
  const { kernel } = kernelForTest();
  let reads = 0;
  const names = Array.from({ length: count }, (_, index) => `app${index}`);
  const apps: Record<string, TestAppConfig> = Object.fromEntries(names.map((name) => [name, {}]));
  const config = resolveForTest({ definitions: [both, alone, wide], apps });
  const counted = config.apps.map((app): ResolvedApp => ({
    ...app,
    get servername() {
      reads++;
      return app.servername;
    },
  }));
  const report = await kernel.reload({ ...config, apps: counted } satisfies ResolvedConfig);
  expect(report.outcome).toBe('applied');
  return reads;
}
