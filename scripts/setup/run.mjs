// Child processes of the set-up. They have no terminal and ask no questions.
import { spawn } from 'node:child_process';

/** A failure whose message tells the user what to do; shown without a stack. */
export class SetupError extends Error {
  expected = true;
}

/** Announces work that takes a while. Writes to stderr, because stdout belongs to the script that follows. */
export function announce(line) {
  console.error(`setup: ${line}`);
}

/**
 * Runs a program to its end and shows its output on stderr.
 *
 * @param {string[]} command the program and its arguments
 * @param {{ cwd?: string, env?: Record<string, string> }} [options] `env` is added to this process's
 * @throws {SetupError} if it cannot be started or fails
 */
export async function run(command, { cwd, env } = {}) {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  const outcome = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`),
    );
  });
  if (outcome !== undefined) throw new SetupError(`"${command.join(' ')}" ${outcome}.`);
}
