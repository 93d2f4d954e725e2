// Node 20 runs no TypeScript. The benchmark's sources, and the server's where they are imported, are bundled into one file.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

const peers = join(here, '.peers');

/**
 * Bundles bench/ROOM/NAME.ts and calls its export `main`.
 *
 * @param {string} room
 * @param {string} name
 */
export async function runBundled(room, name) {
  const { build, stop } = await import('esbuild');
  mkdirSync(peers, { recursive: true });
  await build({
    entryPoints: [join(here, room, `${name}.ts`)],
    outfile: bundleOf(room, name),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  await stop();
  await runBundle(room, name);
}

/**
 * The same with the bundle that the parent of this process has made.
 *
 * @param {string} room
 * @param {string} name
 */
export async function runBundle(room, name) {
  const { main } = await import(pathToFileURL(bundleOf(room, name)).href);
  await main(process.argv.slice(2), { root: dirname(here), peers });
}

function bundleOf(room, name) {
  return join(peers, `${room}-${name}.mjs`);
}
