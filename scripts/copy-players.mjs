// Copies the players of the demo page, which are development packages, to where the package has them.
//
//   node scripts/copy-players.mjs
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, 'plugins', 'demo', 'players');

const FILES = {
  'hls.js': 'hls.js/dist/hls.light.min.js',
  'hls.js.LICENSE.txt': 'hls.js/LICENSE',
  'mpegts.js': 'mpegts.js/dist/mpegts.js',
  'mpegts.js.LICENSE.txt': 'mpegts.js/LICENSE',
};

mkdirSync(TARGET, { recursive: true });
for (const [name, source] of Object.entries(FILES))
  copyFileSync(join(ROOT, 'node_modules', source), join(TARGET, name));
