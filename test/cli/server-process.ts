// The command as a process of its own: what npm start and a service manager deal with. Built by the set-up of npm test.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { within } from '../helpers/net.ts';

export const COMMAND = fileURLToPath(new URL('../../bin/livego.js', import.meta.url));

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly file: string;
  /** Resolves with the first log line, from the start on, that holds the text. */
  saw(text: string): Promise<Readonly<Record<string, unknown>>>;
  /** Messages of the log so far. */
  readonly messages: readonly string[];
}

/**
 * @param inherited - file descriptors that the process gets as 3, 4 and so on
 * @param openFiles - how many it may have open
 */
export function startProcess(
  config: object,
  inherited: readonly number[] = [],
  openFiles?: number,
): ServerProcess {
  const folder = mkdtempSync(join(tmpdir(), 'livego-process-'));
  const file = join(folder, 'livego.json5');
  writeFileSync(file, JSON.stringify(config));
  const command = [process.execPath, COMMAND, '--config_file', file];
  const limited =
    openFiles === undefined ? command : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', ...command];
  const [program = '', ...args] = limited;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...inherited],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const lines: Readonly<Record<string, unknown>>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
    for (const each of waiting) each();
  });
  const saw = (text: string) =>
    within(
      new Promise<Readonly<Record<string, unknown>>>((resolve) => {
        const look = (): void => {
          const found = lines.find(({ msg }) => String(msg).includes(text));
          if (found) resolve(found);
        };
        waiting.add(look);
        look();
      }),
      `the log line "${text}"`,
      60_000,
    );
  return {
    child,
    file,
    saw,
    get messages() {
      return lines.map(({ msg }) => String(msg));
    },
  };
}
