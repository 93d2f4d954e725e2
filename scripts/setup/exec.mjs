// The command `exec` of package.json's "start", for platforms without it.
//
// With it the shell that npm starts becomes the server, so the server gets npm's signals. The arguments after
// `npm start --` reach the server as well; in `exec … || …` they would not. Windows has no `exec` and needs none: there
// a command of this name runs its arguments, and npm finds it before others.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const COMMAND = join('node_modules', '.bin', 'exec.cmd');

export function execIsKnown(root, platform = process.platform) {
  return platform !== 'win32' || existsSync(join(root, COMMAND));
}

export function provideExec(root) {
  writeFileSync(join(root, COMMAND), '@%*\r\n');
}
