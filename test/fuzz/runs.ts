// How many inputs a parser gets, and from which seed. Long runs (`npm run fuzz`) are limited in time as well, and note how
// many inputs there have been.
import { appendFileSync } from 'node:fs';

export const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? Infinity);
const REPORT = process.env['FUZZ_REPORT'];
/** The clock is looked at once for so many. */
const STRIDE = 256;

// Most inputs are rejected, and taking a stack of a hundred frames costs more than to find out why. A failure names its seed
// and its run, and shows the stack in a run of usual length.
if (process.env['FUZZ_RUNS'] !== undefined) Error.stackTraceLimit = 0;

/** @param usual - of a short run */
export function inputsOf(usual: number): number {
  return Number(process.env['FUZZ_RUNS'] ?? usual);
}

/** Room for a long run; a hang still ends there. */
export function timeLimitOf(usual: number): number {
  return 60_000 + Math.min(10 * inputsOf(usual), 2000 * SECONDS);
}

/** Counts from 0, to the number of inputs or the end of the time. */
export function* runsOf(parser: string, usual: number): Generator<number> {
  const most = inputsOf(usual);
  const began = performance.now();
  let run = 0;
  for (; run < most; run++) {
    if (run % STRIDE === 0 && performance.now() - began > 1000 * SECONDS) break;
    yield run;
  }
  if (REPORT !== undefined)
    appendFileSync(REPORT, `${JSON.stringify({ parser, inputs: run, seed: SEED })}\n`);
}
