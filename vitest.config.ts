// One suite per plugin and room; `npm test -- hls` runs the files whose path holds "hls".
import { defineConfig } from 'vitest/config';

const ALL = ['test/**/*.test.ts'];
/** A browser that plays in real time: it needs the machine for itself, or it is the machine that stalls. */
const IN_BROWSER = ['test/**/browser*.test.ts', 'test/examples/player.test.ts'];

const shared = { pool: 'threads', testTimeout: 30_000, hookTimeout: 30_000 } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'side by side',
          include: ALL,
          exclude: IN_BROWSER,
          sequence: { groupOrder: 0 },
        },
      },
      {
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
