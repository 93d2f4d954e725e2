// Long fuzzing: `npm run fuzz -- 10000000 7 60` gives each parser ten million inputs from the seed 7, or as many as fit into
// 60 seconds, and prints how many those were. Without numbers it is a million each, from seed 1, however long it takes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [inputs = '1000000', seed = '1', seconds = 'Infinity'] = process.argv.slice(2);
const SUITES = [
  'test/core/media/fuzz.test.ts',
  'test/core/protocol/rtmp/fuzz.test.ts',
  'test/fuzz/text-parsers.test.ts',
  'test/fuzz/file-parsers.test.ts',
  'test/fuzz/connections.test.ts',
];

const folder = mkdtempSync(join(tmpdir(), 'livego-fuzz-'));
const report = join(folder, 'report');
writeFileSync(report, '');
const env = {
  ...process.env,
  FUZZ_RUNS: inputs,
  FUZZ_SEED: seed,
  FUZZ_SECONDS: seconds,
  FUZZ_REPORT: report,
};
let failed = false;
for (const suite of SUITES) {
  const { status } = spawnSync('npx', ['vitest', 'run', suite], { stdio: 'inherit', env });
  failed ||= status !== 0;
}
for (const line of readFileSync(report, 'utf8').split('\n').filter(Boolean)) {
  const { parser, inputs: count } = JSON.parse(line);
  console.log(`${parser}: ${count} inputs`);
}
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;
