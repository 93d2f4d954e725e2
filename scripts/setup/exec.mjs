// The word `exec` of package.json's "start", where there is none.
//
// With it the shell that npm starts becomes the server, which so gets npm's signals; and what stands behind
// `npm start --` reaches the server, as it would not in `exec … || …`. Windows has no such word and needs none:
// there a command of this name, which npm finds before others, runs what follows it.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COMMAND = join('node_modules', '.bin', 'exec.cmd');

export function execIsKnown(root, platform = process.platform) {
  return platform !== 'win32' || existsSync(join(root, COMMAND));
}

export function provideExec(root) {
  writeFileSync(join(root, COMMAND), '@%*\r\n');
}
