// `livego migrate FILE`: turns the config of another server into a livego.json5.
import { createConfigSource } from '../config/load.ts';
import { describeNote, migrate, UnreadableSource, type Migration } from '../config/migrate/migrate.ts';
import type { SourceKind } from '../config/migrate/source-kinds.ts';
import { readTextFile } from '../config/text/read-text-file.ts';
import { formatFault } from '../core/config-fault.ts';
import { BUILTIN_PLUGINS } from '../plugins/index.ts';
import { writeNewFiles } from './install/new-files.ts';
import type { CliIo } from './io.ts';

export interface MigrateRequest {
  readonly file: string;
  /** Default: it is recognized. */
  readonly from?: SourceKind;
  /** The file to write. Default: standard output. */
  readonly out?: string;
}

/** Resolves with 0 if the result is written and a server would apply it. */
export async function migrateFile({ file, from, out }: MigrateRequest, io: CliIo): Promise<number> {
  const read = await readTextFile(file);
  const migration = read.ok ? translate(read.text, file, from) : read.message;
  if (typeof migration === 'string') return fail(`${file}: ${migration}`, io);
  const { kind, text, notes } = migration;
  const fault = out === undefined ? undefined : writeNewFiles([{ path: out, text }]);
  if (fault !== undefined) return fail(fault, io);
  if (out === undefined) io.out(text);
  io.err(`${file}: read as the config of ${NAMES[kind]}\n`);
  for (const note of notes) io.err(`${file}: ${describeNote(note)}\n`);
  const lines = notes.length === 1 ? '1 line has' : `${notes.length} lines have`;
  const summary =
    notes.length === 0 ? 'every line has a counterpart' : `${lines} no counterpart, or a different one`;
  io.err(`${file}: ${summary}\n`);
  return (await check(text, out ?? 'livego.json5', io)) ? 0 : 1;
}

const NAMES: Readonly<Record<SourceKind, string>> = {
  'livego-go': 'livego (Go)',
  'livego-json': 'the first livego',
  nginx: 'nginx-rtmp-module',
  'node-media-server': 'node-media-server',
  srs: 'SRS',
};

function translate(text: string, file: string, kind: SourceKind | undefined): Migration | string {
  try {
    return migrate(text, file, kind);
  } catch (error) {
    if (!(error instanceof UnreadableSource)) throw error;
    return error.line === undefined ? error.message : `line ${error.line}: ${error.message}`;
  }
}

/** Whether the result is a config without faults. They are shown, and are for a person to mend. */
async function check(text: string, file: string, io: CliIo): Promise<boolean> {
  const builtins = io.builtins ?? BUILTIN_PLUGINS;
  const loaded = await createConfigSource({ file, text, builtins, env: io.env }).load();
  for (const warning of loaded.warnings) io.err(`warning: ${warning}\n`);
  if (loaded.ok) return true;
  for (const fault of loaded.faults) io.err(`${formatFault(fault)}\n`);
  io.err(`${file}: these values have to be mended before livego applies it\n`);
  return false;
}

function fail(message: string, io: CliIo): number {
  io.err(`${message}\n`);
  return 1;
}
