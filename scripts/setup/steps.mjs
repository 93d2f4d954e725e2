// What is to be done, in which order, and the rule that nothing is done twice or by two at once.
import { join } from 'node:path';
import { buildIsFresh, build } from './build.mjs';
import { execIsKnown, provideExec } from './exec.mjs';
import { installPackages, packagesAreInstalled } from './packages.mjs';
import { installPrograms, missingPrograms } from './programs.mjs';
import { SetupError } from './run.mjs';
import { withLock } from './lock.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const NEEDS = ['build', 'media', 'certificates', 'browser'];

/** Brings the checkout at `root` into the state that `needs` name. Quiet and quick when there is nothing to do. */
export async function prepare(needs, root = ROOT) {
  const unknown = needs.filter((need) => !NEEDS.includes(need));
  if (unknown.length > 0) {
    throw new SetupError(`"${unknown.join(' ')}" is nothing to set up; choose from: ${NEEDS.join(', ')}.`);
  }
  const open = openSteps(needs, root);
  if (open.length === 0) return;
  // Two npm scripts started at once find the same things missing: the second waits, then looks again.
  await withLock(join(root, '.cache', 'setup.lock'), async () => {
    for (const step of openSteps(needs, root)) await step();
  });
}

function openSteps(needs, root) {
  /** @type {(() => void | Promise<void>)[]} */
  const steps = [];
  const staleBuild = needs.includes('build') && !buildIsFresh(root);
  // A production image with a fresh build and `npm ci --omit=dev` is ready to start.
  const development = staleBuild || needs.join() !== 'build';
  if (!packagesAreInstalled(root, development ? 'all' : 'production'))
    steps.push(() => installPackages(root));
  if (!execIsKnown(root)) steps.push(() => provideExec(root));
  if (staleBuild) steps.push(() => build(root));
  const missing = missingPrograms(needs);
  if (missing.length > 0) steps.push(() => installPrograms(missing));
  return steps;
}
