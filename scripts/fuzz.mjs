// Long fuzzing: `npm run fuzz -- 10000000 7` gives each parser ten million inputs, from the seed 7. Without numbers it is a
// million each, from seed 1.
import { spawnSync } from 'node:child_process';

const [inputs = '1000000', seed = '1'] = process.argv.slice(2);
/** The suite of formats divides its runs among about 20 parsers. */
const SUITES = [
  ['test/core/media/fuzz.test.ts', 25],
  ['test/core/media/mpegts/fuzz.test.ts', 1],
  ['test/core/protocol/rtmp/fuzz.test.ts', 1],
  ['test/fuzz/text-parsers.test.ts', 1],
];

let failed = false;
for (const [suite, parsers] of SUITES) {
  const env = { ...process.env, FUZZ_RUNS: String(Number(inputs) * parsers), FUZZ_SEED: seed };
  const { status } = spawnSync('npx', ['vitest', 'run', suite], { stdio: 'inherit', env });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
