// Hostile bytes: real messages, damaged at random. A parser may reject them, with an error from the catalogue; it may
// not crash, hang or claim memory. `FUZZ_RUNS=1000000 npx vitest run test/core/media/fuzz` runs a million of them,
// FUZZ_SEED takes another beginning (the failure names the one that found it).
import { describe, test } from 'vitest';
import { TARGETS, tolerate, type Target } from './fuzz-targets.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
/** Room for a million runs; a hang still ends here. */
const TIMEOUT_MS = 30_000 + RUNS;

/** mulberry32: small, and the same everywhere. Gives whole numbers below `limit`. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x09, 0x11];

function damage(target: Target, random: (limit: number) => number): Buffer {
  const pick = (): Buffer => target.seeds[random(target.seeds.length)] ?? Buffer.alloc(0);
  let bytes = Buffer.from(pick());
  for (let turns = 1 + random(4); turns > 0; turns--) {
    const at = random(bytes.length + 1);
    switch (random(6)) {
      case 0:
        bytes = Buffer.from(bytes.subarray(0, at));
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), pick().subarray(random(8))]);
        break;
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + random(6), NASTY[random(NASTY.length)]),
          bytes.subarray(at),
        ]);
        break;
      case 3:
        if (at < bytes.length) bytes[at] = random(256);
        break;
      case 4:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      default:
        bytes.fill(NASTY[random(NASTY.length)] ?? 0, at, Math.min(bytes.length, at + 1 + random(4)));
    }
  }
  return bytes;
}

describe('hostile bytes', () => {
  test.each(TARGETS)(
    'in place of $name are rejected by name or read as far as they go',
    { timeout: TIMEOUT_MS },
    (target) => {
      const random = randomFrom(SEED);
      const runs = Math.ceil(RUNS / TARGETS.length);
      for (let run = 0; run < runs; run++) {
        const bytes = damage(target, random);
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
