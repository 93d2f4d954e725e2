// Hostile bytes: real messages, damaged at random. A parser may reject them, with an error from the catalogue; it may
// not crash, hang or claim memory. `FUZZ_RUNS=1000000 npx vitest run test/core/media/fuzz` runs a million of them,
// FUZZ_SEED takes another beginning (the failure names the one that found it).
import { describe, test } from 'vitest';
import { randomFrom } from '../../fuzz/damage.ts';
import { runsOf, SEED, timeLimitOf } from '../../fuzz/runs.ts';
import { damagedBytes } from './damaged-bytes.ts';
import { TARGETS, tolerate } from './fuzz-targets.ts';

/** Inputs for each parser. */
const USUAL = 2000;

describe('hostile bytes', () => {
  test.each(TARGETS)(
    'in place of $name are rejected by name or read as far as they go',
    { timeout: timeLimitOf(USUAL) },
    (target) => {
      const random = randomFrom(SEED);
      for (const run of runsOf(target.name, USUAL)) {
        const bytes = damagedBytes(target.seeds, random);
        try {
          tolerate(() => target.run(bytes));
        } catch (error) {
          const input = bytes.toString('hex');
          throw new Error(`FUZZ_SEED=${SEED}, run ${run} of ${target.name}: ${input}`, { cause: error });
        }
      }
    },
  );

  test.each(TARGETS)('cut $name short at any place without harm', (target) => {
    for (const seed of target.seeds) {
      for (let length = 0; length <= seed.length; length++)
        tolerate(() => target.run(seed.subarray(0, length)));
    }
  });
});
