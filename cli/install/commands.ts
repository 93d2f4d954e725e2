// `livego init`, `service`, `new-plugin` and `migrate`: the commands that write or print what an installation needs.
//
// This room makes files from templates. It starts no server.
import type { Command } from 'commander';
import { Option } from 'commander';
import { configFile, DEFAULT_FILE, givenConfigFile } from '../config-file.ts';
import type { CliIo } from '../io.ts';
import { SOURCE_KINDS } from '../../config/migrate/source-kinds.ts';
import type { MigrateRequest } from '../migrate.ts';
import type { ServiceRequest } from './service.ts';

const SERVICE_CONFIG = '/etc/livego/livego.json5';

type OnExitCode = (code: number) => void;

export function addInstallCommands(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  addInit(program, io, onExitCode);
  addService(program, io, onExitCode);
  addNewPlugin(program, io, onExitCode);
  addMigrate(program, io, onExitCode);
}

function addInit(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('init')
    .description('write a commented config; a file that exists stays as it is')
    .argument('[file]', `the config (default: that of --config_file, or ${DEFAULT_FILE})`)
    .option('--classic', 'with the ports and channel keys of livego (Go)', false)
    .action(async (file: string | undefined, { classic }: { classic: boolean }) => {
      const { init } = await import('./init.ts');
      onExitCode(init(file ?? configFile(program), { classic }, io));
    });
}

function addService(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('service')
    .description('print a unit for systemd that runs this installation')
    .option('--config <file>', `the config that the service serves (default: ${SERVICE_CONFIG})`)
    .option('--user <name>', 'the user of the service (default: one that systemd makes up)')
    .addOption(
      new Option(
        '--socket <address>',
        'print a unit for a socket that systemd opens, such as :1935; several for several sockets',
      ).argParser((address: string, before?: readonly string[]) => [...(before ?? []), address]),
    )
    .action(async (options: Omit<ServiceRequest, 'config'> & { readonly config?: string }) => {
      const { printService } = await import('./service.ts');
      const config = options.config ?? givenConfigFile(program) ?? SERVICE_CONFIG;
      onExitCode(printService({ ...options, config }, io));
    });
}

function addNewPlugin(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('new-plugin')
    .description('write a plugin, and a test of it that passes')
    .argument('<name>', 'its name, which is its key in the config: small letters, digits and "-"')
    .option('--folder <folder>', 'where the files go', 'plugins')
    .action(async (name: string, { folder }: { folder: string }) => {
      const { newPlugin } = await import('./new-plugin.ts');
      onExitCode(newPlugin(name, folder, io));
    });
}

function addMigrate(program: Command, io: CliIo, onExitCode: OnExitCode): void {
  program
    .command('migrate')
    .description('turn the config of another server into one of livego, and list what has no counterpart')
    .argument('<file>', 'livego.yaml, live.cfg, nginx.conf, srs.conf, the config of node-media-server …')
    .addOption(new Option('--from <kind>', 'what it is (default: it is recognized)').choices(SOURCE_KINDS))
    .option('--out <file>', 'the file to write, which must not exist (default: print it)')
    .action(async (file: string, options: Omit<MigrateRequest, 'file'>) => {
      const { migrateFile } = await import('../migrate.ts');
      onExitCode(await migrateFile({ file, ...options }, io));
    });
}
