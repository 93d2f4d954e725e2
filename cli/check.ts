// `livego check FILE`: every fault of a config, the way a compiler shows them.
import { formatSourceLine } from '../config/fault.ts';
import { createConfigSource } from '../config/load.ts';
import { readConfigFile } from '../config/read-file.ts';
import type { ConfigFault, ResolvedConfig } from '../config/types.ts';
import { formatFault } from '../core/fault.ts';
import { Kernel } from '../core/kernel.ts';
import { createLogger } from '../core/log.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import type { CliIo } from './io.ts';

/** Resolves with 0 for a config that would be taken, with 1 for one that would be refused. */
export async function check(file: string, io: CliIo): Promise<number> {
  const source = createConfigSource({ file, builtins: io.builtins ?? BUILTIN_PLUGINS, env: io.env });
  const loaded = await source.load();
  for (const warning of loaded.warnings) io.err(`warning: ${warning}\n`);
  if (!loaded.ok) {
    for (const fault of loaded.faults) io.err(await showFault(fault));
    const { length } = loaded.faults;
    io.err(`${file}: ${length} ${length === 1 ? 'fault' : 'faults'}\n`);
    return 1;
  }
  const refusal = declarePlugins(loaded.config);
  if (refusal !== undefined) {
    io.err(`${file}: ${refusal}\n`);
    return 1;
  }
  io.out(`${file}: OK (${summary(loaded.config)})\n`);
  return 0;
}

async function showFault(fault: ConfigFault): Promise<string> {
  const read = fault.line === undefined ? undefined : await readConfigFile(fault.file);
  const source = read?.ok === true ? formatSourceLine(fault, read.text) : '';
  return `${formatFault(fault)}\n${source === '' ? '' : `${source}\n`}`;
}

/** Lets every plugin declare itself and starts none; the reason why the kernel would refuse the config. */
function declarePlugins(config: ResolvedConfig): string | undefined {
  const kernel = new Kernel(createLogger({ level: 'silent' }));
  try {
    kernel.check(config);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    kernel.ticker.stop();
  }
}

function summary({ apps, plugins }: ResolvedConfig): string {
  const on = [...plugins].filter(([, { enabled }]) => enabled).map(([name]) => name);
  return `applications: ${apps.map(({ servername }) => servername).join(', ')}; on: ${on.join(', ') || 'nothing'}`;
}
