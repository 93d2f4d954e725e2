// Makes a checkout ready to run: the packages, the build, and the programs that tests and benchmarks need.
//
//   node scripts/setup.mjs [build] [media] [certificates] [browser]
//
// npm calls it before its scripts ("prestart", "pretest" … in package.json), so nobody has to call it by hand.
// It runs before node_modules exists, hence plain JavaScript and Node's own modules only; and it runs in an old
// Node as well, if only to say so, hence nothing is imported before the version is known to do.
const NODE_NEEDED = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor < NODE_NEEDED[1])) {
  console.error(
    `livego needs Node ${NODE_NEEDED.join('.')} or newer, and this is Node ${process.versions.node} (${process.execPath}). ` +
      'Install a newer one from https://nodejs.org or with your version manager.',
  );
  process.exit(1);
}

import('./setup/steps.mjs')
  .then(({ prepare }) => prepare(process.argv.slice(2)))
  .catch((error) => {
    console.error(`setup: ${error.expected ? error.message : error.stack}`);
    process.exit(1);
  });
