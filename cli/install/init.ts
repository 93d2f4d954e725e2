// `livego init`: writes the config that comes with the package.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliIo } from '../io.ts';
import { PACKAGE_FOLDER } from '../package-files.ts';
import { writeNewFiles } from './new-files.ts';

/** The exit code: 1 if nothing could be written. */
export function init(file: string, { classic }: { readonly classic: boolean }, io: CliIo): number {
  const template = classic ? join('examples', 'classic.json5') : 'livego.json5';
  const text = readFileSync(join(PACKAGE_FOLDER, template), 'utf8')
    .replaceAll('node bin/livego.js', 'npx livego')
    .replaceAll('docs/', `${join(PACKAGE_FOLDER, 'docs')}/`);
  const fault = writeNewFiles([{ path: file, text }]);
  if (fault !== undefined) {
    io.err(`${fault}\n`);
    return 1;
  }
  const flag = file === 'livego.json5' ? '' : ` --config_file ${file}`;
  io.out(`${file} is written. Serve it with: npx livego${flag}\n`);
  return 0;
}
