// The command `livego`: serve, check a config, plan a change, print the JSON Schema.
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { CLASSIC_FLAGS } from '../config/classic/flags.ts';
import type { Override } from '../config/classic/flags.ts';
import { buildConfigSchema } from '../config/reference/schema.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import { check } from './check.ts';
import type { CliIo } from './io.ts';
import { plan } from './plan.ts';
import { serve } from './serve.ts';

const DEFAULT_FILE = 'livego.json5';

/** Runs the command with the arguments that follow its name; resolves with the exit code when it is done. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  let exitCode = 0;
  const program = new Command('livego')
    .description('A live-streaming server: RTMP in, RTMP, HTTP-FLV and HLS out.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .option('--config_file <file>', `the config (default: ${DEFAULT_FILE}, or no file at all)`)
    .action(async (options: FlagValues) => {
      exitCode = await serve(serveRequest(options), io);
    });
  addClassicFlags(program);
  program
    .command('check')
    .description('check a config, print every fault, start nothing')
    .argument('[file]', 'the config', DEFAULT_FILE)
    .action(async (file: string) => {
      exitCode = await check(file, io);
    });
  program
    .command('plan')
    .description('say what a config would change and what that would do to present sessions, start nothing')
    .argument('[file]', 'the config', DEFAULT_FILE)
    .requiredOption('--against <running>', 'the config that is in force')
    .option('--json', 'print JSON', false)
    .action(async (file: string, { against, json }: { against: string; json: boolean }) => {
      exitCode = await plan({ file, against, json }, io);
    });
  program
    .command('schema')
    .description('print the JSON Schema of the config, for editors')
    .action(() => io.out(`${JSON.stringify(buildConfigSchema(io.builtins ?? BUILTIN_PLUGINS), null, 2)}\n`));
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

function addClassicFlags(program: Command): void {
  for (const { name, argument, description } of CLASSIC_FLAGS) {
    if (argument === undefined) program.option(`--${name} [switch]`, description, parseFlagSwitch);
    else program.option(`--${name} <${argument}>`, description);
  }
}

// The classic command takes --hls_keep_after_end as well as --hls_keep_after_end=false.
function parseFlagSwitch(value: string): boolean {
  if (/^(true|1|t)$/i.test(value)) return true;
  if (/^(false|0|f)$/i.test(value)) return false;
  throw new InvalidArgumentError('It must be true or false.');
}

function serveRequest(options: FlagValues): { file: string; explicit: boolean; overrides: Override[] } {
  const { config_file: file } = options;
  const overrides = CLASSIC_FLAGS.flatMap(({ name, key }): Override[] => {
    const value = options[name];
    return value === undefined ? [] : [{ flag: `--${name}`, key, value }];
  });
  return { file: typeof file === 'string' ? file : DEFAULT_FILE, explicit: file !== undefined, overrides };
}

/** From the package that this file belongs to, compiled or not. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'livego' && version !== undefined) return version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return 'unknown';
}
