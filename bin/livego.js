#!/usr/bin/env node
// Starts the compiled command.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// V8 is tuned for programs that allocate much and run hot at once. A live server does neither: its packets are few, and
// what is short-lived beside them is little. docs/fan-out.md has the figures.
//
// - The young generation stays at one megabyte instead of growing to sixteen, which would only hold garbage,
setFlagsFromString('--semi-space-growth-factor=1');
// - and is too small for several threads to be worth waking.
setFlagsFromString('--no-parallel-scavenge');
// - What publishers send counts against the old generation until it is collected, though hardly any of it gets there:
//   with the usual limit the whole heap would be looked through twice a second.
setFlagsFromString('--heap-growing-percent=200');
// - A few hundred packets a second take V8 minutes to find hot; its compiler is to look at them sooner. V8 of Node 20 is
//   the last one with a setting for that.
if (Number.parseInt(process.versions.v8) < 12) setFlagsFromString('--interrupt-budget=10000');

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('livego is not built yet; run: npm run build\n');
  process.exit(1);
}
// Faults of custom plugins, and our own, are shown with the lines of their sources.
process.setSourceMapsEnabled(true);
const [{ run }, { processIo }] = await Promise.all([import(main.href), import(new URL('io.js', main).href)]);
process.exitCode = await run(process.argv.slice(2), processIo());
// Whatever is still open after an orderly stop does not keep the process.
setTimeout(() => process.exit(), 500).unref();
