// A server on which names of streams are keys, and the key that must not be printed.
import { expect } from 'vitest';
import type { HookTapper } from '../../../core/plugin/hooks.ts';
import { pluginForTest, type TestConfig } from '../../helpers/config.ts';
import { kernelForTest, PROTOCOL, requestFor, type TestKernel } from '../kernel/kernel-kit.ts';

export const KEY = 'sk_live_9f8e7d';
export const KEYED = requestFor('live', KEY);
export const SECRET = { secret: true } as const;

/** A server on which names are keys. What it logs and answers must not hold one. */
export async function keyed(
  tap: (hooks: HookTapper) => void,
  config: Partial<TestConfig> = {},
): Promise<TestKernel> {
  const test = kernelForTest();
  const keys = pluginForTest('keys', { server: ({ hooks }) => tap(hooks) });
  await test.apply({ definitions: [PROTOCOL, keys], ...config });
  return test;
}

export function expectHidden({ log }: TestKernel, ...told: readonly unknown[]): void {
  expect(JSON.stringify([log.lines, told])).not.toContain(KEY);
}
