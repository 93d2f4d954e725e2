// Loaded into the server of a long attack (`node --import`): the most processor time that the thread of its event loop has
// used between two firings of a timer. On a machine that is shared, a hold on the clock is mostly a wait for a processor.
// Linux alone tells the time of a thread; elsewhere it is always 0.
import { existsSync, openSync, readSync } from 'node:fs';

const INTERVAL_MS = 5;
const SCHEDULER = `/proc/${process.pid}/task/${process.pid}/schedstat`;

if (existsSync(SCHEDULER)) {
  const file = openSync(SCHEDULER);
  const bytes = Buffer.alloc(100);
  // The first of three numbers: nanoseconds on a processor.
  const now = () =>
    Number.parseInt(bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0)), 10) / 1e6;
  let before = now();
  let longest = 0;
  setInterval(() => {
    const used = now();
    longest = Math.max(longest, used - before);
    before = used;
  }, INTERVAL_MS).unref();
  globalThis.takeLongestTurnMs = () => {
    const taken = longest;
    longest = 0;
    return taken;
  };
} else globalThis.takeLongestTurnMs = () => 0;
