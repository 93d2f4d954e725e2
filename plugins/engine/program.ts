// The program that an engine runs, looked up when a config is applied: a missing one is a fault of the config.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import * as fileSystem from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { LivegoError, messageOf } from 'livego';
import { readRegularFile } from 'livego/files';
import { readVersion, type ProgramVersion } from './program-limits.ts';
import type { EngineOptions } from './schema.ts';

const VERSION_TIMEOUT_MS = 3000;
const MAX_EXTRA_BYTES = 64 * 1024;

/** What is found out before the first stream. */
export interface Program {
  readonly path: string;
  /** Undefined for a program that tells none, and for the profile "command". */
  readonly version: ProgramVersion | undefined;
  /** Arguments of the file that the operator names. */
  readonly extraArguments: readonly string[];
  /** Undefined: the server's own user. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/** Throws LVG_PLUGIN_FAILED for a program, a file or a user that is not there. */
export async function findProgram(options: EngineOptions): Promise<Program> {
  const { profile, ffmpeg, command, extra_conf: extra, trans_user: user } = options;
  const [option, name] = profile === 'command' ? ['engine.command', command[0]] : ['engine.ffmpeg', ffmpeg];
  if (name === undefined) throw fault(`${option}: the profile "command" needs a program and its arguments`);
  if (profile === 'transcode' && options.renditions.length === 0)
    throw fault('engine.renditions: the profile "transcode" needs at least one');
  const path = await findExecutable(option, name);
  return {
    path,
    version: profile === 'command' ? undefined : await askVersion(path),
    extraArguments: extra === '' ? [] : await readArguments(extra),
    user: user === '' ? undefined : await findUser(user),
  };
}

async function findExecutable(option: string, name: string): Promise<string> {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      await fileSystem.access(path, constants.X_OK);
      if ((await fileSystem.stat(path)).isFile()) return path;
    } catch {
      // Not here.
    }
  }
  const where = name.includes('/') ? 'is not there, or may not be executed' : 'is in no directory of PATH';
  throw fault(`${option}: ${name} ${where}; install it, correct the path, or switch engine off`);
}

/** A program that hangs, or is no ffmpeg, has none. */
async function askVersion(path: string): Promise<ProgramVersion | undefined> {
  const run = promisify(execFile);
  try {
    const { stdout } = await run(path, ['-version'], { timeout: VERSION_TIMEOUT_MS, killSignal: 'SIGKILL' });
    return readVersion(stdout);
  } catch {
    return undefined;
  }
}

async function readArguments(file: string): Promise<string[]> {
  try {
    const text = (await readRegularFile(file, { maxBytes: MAX_EXTRA_BYTES })).toString();
    const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, ''));
    return lines
      .join(' ')
      .split(/\s+/)
      .filter((word) => word !== '');
  } catch (error) {
    throw fault(`engine.extra_conf: ${file} cannot be read: ${messageOf(error)}`);
  }
}

async function findUser(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const run = promisify(execFile);
  const ask = async (what: string): Promise<number> => Number((await run('id', [what, '--', name])).stdout);
  let user;
  try {
    user = { uid: await ask('-u'), gid: await ask('-g') };
  } catch {
    throw fault(`engine.trans_user: there is no user ${name}`);
  }
  const own = process.getuid?.();
  if (own !== 0 && own !== user.uid)
    throw fault(`engine.trans_user: only a server that runs as root may run programs as ${name}`);
  return user;
}

function fault(message: string): LivegoError {
  return new LivegoError('LVG_PLUGIN_FAILED', message);
}
