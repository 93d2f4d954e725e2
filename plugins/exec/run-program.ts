// One program, from its start to its end.
import { spawn } from 'node:child_process';
import { signalGroup } from 'livego';

export interface ProgramEnd {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** It was killed because its time was up. */
  readonly late: boolean;
  /** The end of its standard error. */
  readonly lastWords: string;
}

export interface ProgramSettings {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

const MAX_LAST_WORDS = 500;

/**
 * Runs a program without a shell. Its time limit holds for what it has started, too: they are one process group. What it has
 * left in the background when it ends in time stays. Rejects if it cannot be started.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { env, timeoutMs }: ProgramSettings,
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    // Throws for an empty name, and for arguments and an environment of megabytes.
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let lastWords = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      signalGroup(child.pid, 'SIGKILL');
    }, timeoutMs);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-MAX_LAST_WORDS);
    });
    child.stderr.on('error', () => {});
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, signal: signal ?? undefined, late, lastWords });
    };
    // What it has left in the background may hold standard error open for as long as it likes. A moment is enough for what
    // was written before the end.
    child.once('exit', (code, signal) => {
      const moment = setTimeout(end, 100, code, signal);
      child.once('close', () => {
        clearTimeout(moment);
        end(code, signal);
      });
    });
  });
}
