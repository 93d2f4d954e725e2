// `node bench/endurance.mjs --minutes 30`: everything comes and goes for a while, and nothing may be left. See bench/README.md.
import { runBundle, runBundled } from './bundle.mjs';

const run = process.argv[2] === '--serve' ? runBundle : runBundled;
await run('endurance', 'main');
