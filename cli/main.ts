// The command `livego`: serves, checks a config, plans a change, prints the JSON Schema, signs links, hashes passwords,
// and writes what an installation needs.
//
// This room turns the command line into calls, and results into text and exit codes. serve/ has the processes that serve,
// install/ what sets an installation up. Configs are read in config/, the server is in core/. Each command loads its code when
// it is called: a supervisor of workers, which is there for months, loads none of the server's.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CLASSIC_FLAGS } from '../config/classic/flags.ts';
import type { Override } from '../config/classic/flags.ts';
import { didYouMean } from '../config/options/nearest.ts';
import { readVersion } from '../core/version.ts';
import type { Action } from '../plugins/auth/credentials/signatures.ts';
import { configFile, DEFAULT_FILE, rejectServerFlags } from './config-file.ts';
import { parseDuration } from './duration.ts';
import { addInstallCommands } from './install/commands.ts';
import type { CliIo } from './io.ts';
import type { ServeRequest } from './serve/serve.ts';

/** Runs the command with the arguments that follow its name. Resolves with the exit code when it is done. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(io, (code) => (exitCode = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

const FILE_ARGUMENT = `the config (default: that of --config_file, or ${DEFAULT_FILE})`;

type OnExitCode = (code: number) => void;

function buildProgram(io: CliIo, onExitCode: OnExitCode): Command {
  const program = new Command('livego')
    .description('A live-streaming server: RTMP in, RTMP, HTTP-FLV and HLS out.')
    .usage('[options] [command]')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print this help, or that of a command')
    .argument('[command]', 'one of those below; without one, the server runs');
  addServe(program, io, onExitCode);
  addCheck(program, io, onExitCode);
  addPlan(program, io, onExitCode);
  addSchema(program, io);
  addSign(program, io, onExitCode);
  addHash(program, io, onExitCode);
  addInstallCommands(program, io, onExitCode);
  program.hook('preSubcommand', rejectServerFlags);
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  return program;
}

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

function addServe(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program.option('--config_file <file>', `the config (default: ${DEFAULT_FILE} if there is one)`);
  for (const { name, argument, description } of CLASSIC_FLAGS) {
    if (argument === undefined) program.option(`--${name} [switch]`, description, parseFlagSwitch);
    else program.option(`--${name} <${argument}>`, description);
  }
  program.action(async (command: string | undefined, options: FlagValues) => {
    if (command !== undefined) return onExitCode(explainUnknown(command, program, io));
    const { serve } = await import('./serve/serve.ts');
    return onExitCode(await serve({ ...serveRequest(options), version: readVersion() }, io));
  });
}

/** The exit code for a command that there is not. */
function explainUnknown(command: string, program: Command, io: CliIo): number {
  const names = ['help', ...program.commands.map((each) => each.name())];
  const hint = didYouMean(command, names) || `; the commands are ${names.toSorted().join(', ')}`;
  const file = /[./]/.test(command) ? `. For a config: livego --config_file ${command}` : '';
  io.err(`error: there is no command "${command}"${file || hint}\n`);
  return 1;
}

function addCheck(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('check')
    .description('check a config and print every fault; start nothing')
    .argument('[file]', FILE_ARGUMENT)
    .action(async (file: string | undefined) => {
      const { check } = await import('./check.ts');
      onExitCode(await check(file ?? configFile(program), io));
    });
}

function addPlan(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('plan')
    .description('print what a config would change and what would happen to present sessions; start nothing')
    .argument('[file]', `the new config (default: that of --config_file, or ${DEFAULT_FILE})`)
    .requiredOption(
      '--against <running>',
      'the config that it is to replace, such as the one that is running',
    )
    .option('--json', 'print JSON', false)
    .action(async (file: string | undefined, { against, json }: { against: string; json: boolean }) => {
      const { plan } = await import('./plan.ts');
      onExitCode(await plan({ file: file ?? configFile(program), against, json }, io));
    });
}

function addSchema(program: Command, io: CliIo): void {
  program
    .command('schema')
    .description('print the JSON Schema of the config, for editors')
    .action(async () => {
      const { printSchema } = await import('./schema.ts');
      printSchema(io);
    });
}

function addSign(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('sign')
    .description('make a signed link, with the secret of the config (auth.sign)')
    .argument('<url>', 'the stream: rtmp://HOST/APP/NAME, http://HOST:PORT/APP/NAME.flv …')
    .addOption(
      new Option('--action <action>', 'what it allows').choices(['publish', 'play']).makeOptionMandatory(),
    )
    .requiredOption('--expires <duration>', 'how long it is good: 90s, 15m, 1h, 7d', readDuration)
    .option('--ip <address>', 'the client that may use it (auth.sign.bindIp)')
    .option('--config <file>', FILE_ARGUMENT)
    .action(
      async (url: string, options: { action: Action; expires: number; ip?: string; config?: string }) => {
        const file = options.config ?? configFile(program);
        const { sign } = await import('./sign.ts');
        onExitCode(
          await sign({ ...options, url, expiresInSeconds: options.expires, ip: options.ip, file }, io),
        );
      },
    );
}

function addHash(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('hash')
    .description('read a password from standard input, and print it as auth.users[].password takes it')
    .option('--user <name>', 'also print the line for auth.users[].adobe, for RTMP clients')
    .action(async ({ user }: { user?: string }) => {
      const { hash } = await import('./hash.ts');
      onExitCode(await hash(user, io));
    });
}

function readDuration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined)
    throw new InvalidArgumentError('It must be a duration such as 90s, 15m, 1h or 7d.');
  return seconds;
}

/** The classic command takes `--hls_keep_after_end` as well as `--hls_keep_after_end=false`. */
function parseFlagSwitch(value: string): boolean {
  if (/^(true|1|t)$/i.test(value)) return true;
  if (/^(false|0|f)$/i.test(value)) return false;
  throw new InvalidArgumentError('It must be true or false.');
}

function serveRequest(options: FlagValues): Omit<ServeRequest, 'version'> {
  const { config_file: file } = options;
  const overrides = CLASSIC_FLAGS.flatMap(({ name, key }): Override[] => {
    const value = options[name];
    return value === undefined ? [] : [{ flag: `--${name}`, key, value }];
  });
  return { file: typeof file === 'string' ? file : DEFAULT_FILE, explicit: file !== undefined, overrides };
}
