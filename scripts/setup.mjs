// Makes a checkout ready to run: the packages, the build, and the programs that tests and benchmarks need.
//
//   node scripts/setup.mjs [build] [media] [certificates] [redis] [metrics] [browser]
//
// npm calls it before its scripts ("prestart", "pretest" … in package.json), so there is no need to call it by hand.
// It runs before node_modules exists, so it is plain JavaScript and imports Node's own modules only. It must also start
// in an old Node, to report that; so nothing is imported before the version has been checked.
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
