// Loads a config for a command that starts nothing, and shows what is wrong with it the way a compiler does.
import { createConfigSource } from '../config/load.ts';
import { readTextFile } from '../config/text/read-text-file.ts';
import { formatSourceLine } from '../config/text/source-line.ts';
import type { ConfigSource, LoadResult, ResolvedConfig } from '../core/config.ts';
import { formatFault } from '../core/config-fault.ts';
import type { ConfigFault } from '../core/config-fault.ts';
import { messageOf } from '../core/errors.ts';
import type { Kernel } from '../core/kernel/kernel.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import type { CliIo } from './io.ts';

/** The reasons for which a server would reject a config: faults of the file, or the message of a plugin that threw. */
export interface Rejection {
  readonly file: string;
  readonly faults: readonly ConfigFault[];
  readonly error: string | undefined;
}

export type Checked =
  | {
      readonly ok: true;
      readonly config: ResolvedConfig;
      readonly warnings: readonly string[];
      /** How texts that may hold the config's variables are printed. */
      readonly show: (text: string) => string;
    }
  | { readonly ok: false; readonly rejection: Rejection; readonly warnings: readonly string[] };

/** The config of a file, and of drafts that are to replace it. */
export function openConfig(file: string, io: CliIo): ConfigSource {
  return createConfigSource({ file, builtins: io.builtins ?? BUILTIN_PLUGINS, env: io.env });
}

/** Loads the config and lets every plugin declare itself on `kernel`. */
export async function loadChecked(source: ConfigSource, kernel: Kernel): Promise<Checked> {
  return await declare(await source.load(), source, kernel);
}

/** The same of a draft as if it had replaced the source's file: its relative paths begin where that one's do. */
export async function loadDraft(file: string, source: ConfigSource, kernel: Kernel): Promise<Checked> {
  const read = await readTextFile(file);
  if (!read.ok) {
    const fault = { file, line: undefined, column: undefined, path: '', message: read.message };
    return { ok: false, rejection: { file, faults: [fault], error: undefined }, warnings: [] };
  }
  const checked = await declare(await source.load(read.text), source, kernel);
  if (checked.ok) return checked;
  const faults = checked.rejection.faults.map((each) =>
    each.file === source.name ? { ...each, file } : each,
  );
  return { ...checked, rejection: { ...checked.rejection, file, faults } };
}

async function declare(loaded: LoadResult, source: ConfigSource, kernel: Kernel): Promise<Checked> {
  const { warnings } = loaded;
  const { name: file } = source;
  const show = (text: string): string => source.show?.(text) ?? text;
  if (!loaded.ok)
    return { ok: false, rejection: { file, faults: loaded.faults, error: undefined }, warnings };
  try {
    await kernel.check(loaded.config);
    return { ok: true, config: loaded.config, warnings, show };
  } catch (error) {
    return { ok: false, rejection: { file, faults: [], error: show(messageOf(error)) }, warnings };
  }
}

/** Every fault with its source line and a caret, then how many there are. */
export async function showRejection({ file, faults, error }: Rejection, io: CliIo): Promise<void> {
  if (error !== undefined) return io.err(`${file}: ${error}\n`);
  for (const fault of faults) io.err(await showFault(fault));
  io.err(`${file}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
}

export function showWarnings(warnings: readonly string[], io: CliIo): void {
  for (const warning of warnings) io.err(`warning: ${warning}\n`);
}

async function showFault(fault: ConfigFault): Promise<string> {
  const read = fault.line === undefined ? undefined : await readTextFile(fault.file);
  const source = read?.ok === true ? formatSourceLine(fault, read.text) : '';
  return `${formatFault(fault)}\n${source === '' ? '' : `${source}\n`}`;
}
