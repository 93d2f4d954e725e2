// Node 20 runs no TypeScript. The benchmark's sources, and the server's where they are imported, are bundled into one file.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, stop } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles bench/ROOM/NAME.ts and calls its export `main`.
 *
 * @param {string} room
 * @param {string} name
 */
export async function runBundled(room, name) {
  const peers = join(here, '.peers');
  const outfile = join(peers, `${room}-${name}.mjs`);
  mkdirSync(peers, { recursive: true });
  await build({
    entryPoints: [join(here, room, `${name}.ts`)],
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
