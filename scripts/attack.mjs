// The long attacks: `npm run attack`. On loopback, bounded, and ended with their tests.
import { spawnSync } from 'node:child_process';

const env = { ...process.env, LIVEGO_ATTACKS: 'long' };
process.exitCode = spawnSync('npx', ['vitest', 'run', 'test/attacks'], { stdio: 'inherit', env }).status ?? 1;
