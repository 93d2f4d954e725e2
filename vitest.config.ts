// One suite per plugin and room; `npm test -- hls` runs the files whose path holds "hls".
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const ALL = ['test/**/*.test.ts'];
/** A browser that plays in real time: it needs the machine for itself, or it is the machine that stalls. */
const IN_BROWSER = ['test/**/browser*.test.ts', 'test/examples/player.test.ts'];

/** The package by its own name, as plugins import it: sources instead of what the last build made of them. */
const resolve = {
  alias: [
    { find: /^livego$/, replacement: join(import.meta.dirname, 'livego', 'index.ts') },
    { find: /^livego\/(\w+)$/, replacement: join(import.meta.dirname, 'livego', '$1.ts') },
  ],
};

/** Deadlines are long: they are reached only where what a test waits for does not come. See test/helpers/patience.ts. */
const shared = {
  pool: 'threads' as const,
  setupFiles: ['test/helpers/patience.ts'],
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          ...shared,
          name: 'side by side',
          include: ALL,
          exclude: IN_BROWSER,
          // Most of them wait for real programs, so two are worth it on a machine with two cores as well.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        test: {
          ...shared,
          name: 'one by one',
          include: IN_BROWSER,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
