// `livego new-plugin NAME`: a plugin and its test, from the templates in examples/new-plugin.
import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import type { CliIo } from '../io.ts';
import { PACKAGE_FOLDER } from '../package-files.ts';
import { writeNewFiles } from './new-files.ts';

/** The name in the templates. */
const TEMPLATE_NAME = 'my-plugin';

/** The exit code: 1 if nothing could be written. */
export function newPlugin(name: string, folder: string, io: CliIo): number {
  const builtins = io.builtins ?? BUILTIN_PLUGINS;
  const fault = faultOf(name, builtins) ?? writeNewFiles(['.ts', '.test.mjs'].map(fileOf));
  if (fault !== undefined) {
    io.err(`${fault}\n`);
    return 1;
  }
  const [plugin, test] = ['.ts', '.test.mjs'].map((ending) => join(folder, `${name}${ending}`));
  io.out(
    [
      `${plugin} and ${test} are written.`,
      `Test it with:            node --test ${test}`,
      `Name it in livego.json5: plugins: ["${isAbsolute(folder) ? '' : './'}${plugin}"]`,
      '',
    ].join('\n'),
  );
  return 0;

  function fileOf(ending: string): { path: string; text: string } {
    const template = join(PACKAGE_FOLDER, 'examples', 'new-plugin', `${TEMPLATE_NAME}${ending}`);
    const text = readFileSync(template, 'utf8').replaceAll(TEMPLATE_NAME, name);
    return { path: join(folder, `${name}${ending}`), text };
  }
}

function faultOf(name: string, builtins: readonly { readonly name: string }[]): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    return `"${name}" cannot be the name of a plugin; use small letters, digits and single "-"`;
  return builtins.some((plugin) => plugin.name === name)
    ? `"${name}" is the name of a built-in plugin; choose another`
    : undefined;
}
