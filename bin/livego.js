#!/usr/bin/env node
// Starts the compiled command.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Packets are large, few and long-lived; what is short-lived beside them is little. A young generation of 2 MiB instead
// of 16 costs no CPU that can be measured and saves up to 40 MB of memory that would only hold garbage.
setFlagsFromString('--max-semi-space-size=2');

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
