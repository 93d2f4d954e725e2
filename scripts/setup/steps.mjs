// The steps of the set-up in their order. No step runs twice, or in two processes at once.
//
// This room makes a checkout ready. It imports Node's own modules only, because it runs before node_modules exists.
import { join } from 'node:path';
import { buildIsFresh, build } from './build.mjs';
import { execIsKnown, provideExec } from './exec.mjs';
import { installPackages, packagesAreInstalled } from './packages.mjs';
import { installPrograms, missingPrograms } from './programs.mjs';
import { SetupError } from './run.mjs';
import { withLock } from './lock.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const NEEDS = ['build', 'media', 'certificates', 'redis', 'metrics', 'browser'];

/** Prepares the checkout at `root` for `needs`. Returns at once, without output, if there is nothing to do. */
export async function prepare(needs, root = ROOT) {
  const unknown = needs.filter((need) => !NEEDS.includes(need));
  if (unknown.length > 0) {
    throw new SetupError(`"${unknown.join(' ')}" cannot be set up; choose from: ${NEEDS.join(', ')}.`);
  }
  const open = openSteps(needs, root);
  if (open.length === 0) return;
  // Two npm scripts started at once find the same things missing. The second waits and then checks again.
  await withLock(join(root, '.cache', 'setup.lock'), async () => {
    for (const step of openSteps(needs, root)) await step();
  });
}

function openSteps(needs, root) {
  /** @type {(() => void | Promise<void>)[]} */
  const steps = [];
  const staleBuild = needs.includes('build') && !buildIsFresh(root);
  // A production image with a fresh build needs production packages only (`npm ci --omit=dev`).
  const development = staleBuild || needs.join() !== 'build';
  if (!packagesAreInstalled(root, development ? 'all' : 'production'))
    steps.push(() => installPackages(root));
  if (!execIsKnown(root)) steps.push(() => provideExec(root));
  if (staleBuild) steps.push(() => build(root));
  const missing = missingPrograms(needs);
  if (missing.length > 0) steps.push(() => installPrograms(missing));
  return steps;
}
