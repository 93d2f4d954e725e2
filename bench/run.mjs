// `npm run bench`: bundles the benchmark (bench/*.ts) into one file, so that Node 20 can run it, and runs it. See bench/README.md.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const peers = join(here, '.peers');
mkdirSync(peers, { recursive: true });
const outfile = join(peers, 'bench.mjs');
await build({
  entryPoints: [join(here, 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});
const { main } = await import(pathToFileURL(outfile).href);
await main(process.argv.slice(2), { root: dirname(here), peers });
