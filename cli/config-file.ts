// The config that a command is about: the flag that the server takes holds for commands as well. In a container the flag
// always stands before them.
import type { Command } from 'commander';
import { CLASSIC_FLAGS } from '../config/classic/flags.ts';

export const DEFAULT_FILE = 'livego.json5';

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

/** The file of `--config_file`; undefined without the flag. */
export function givenConfigFile(program: Command): string | undefined {
  const { config_file: file } = program.opts<FlagValues>();
  return typeof file === 'string' ? file : undefined;
}

export function configFile(program: Command): string {
  return givenConfigFile(program) ?? DEFAULT_FILE;
}

/** Rejects flags of the server beside a command, which would not heed them. */
export function rejectServerFlags(program: Command, command: Command): void {
  const options = program.opts<FlagValues>();
  const given = CLASSIC_FLAGS.filter(({ name }) => options[name] !== undefined).map(
    ({ name }) => `--${name}`,
  );
  if (given.length > 0)
    program.error(
      `error: ${given.join(', ')} changes what is served, and "${command.name()}" does not serve; leave it out`,
    );
}
