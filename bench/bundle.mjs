// Node 20 runs no TypeScript: the benchmark's own sources, and with micro.ts the server's, are bundled into one file.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, stop } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles bench/NAME.ts and calls what it exports as `main`.
 *
 * @param {string} name
 */
export async function runBundled(name) {
  const peers = join(here, '.peers');
  const outfile = join(peers, `${name}.mjs`);
  mkdirSync(peers, { recursive: true });
  await build({
    entryPoints: [join(here, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  await stop();
  const { main } = await import(pathToFileURL(outfile).href);
  await main(process.argv.slice(2), { root: dirname(here), peers });
}
