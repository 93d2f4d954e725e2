// The processes that the benchmark starts, and what they use. Which programs they are is said in servers/ and load/.
//
// Each child leads a process group of its own. None outlives the benchmark, however the benchmark ends.

import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { signalGroup } from '../../core/process-group.ts';

const running = new Set<ChildProcess>();

/** Starts a program with as many open files as the machine allows. */
export function startChild(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const raise = 'ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec "$@"';
  const child = spawn('/bin/sh', ['-c', raise, 'sh', command, ...args], { ...options, detached: true });
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.on('error', () => running.delete(child));
  return child;
}

/** Ends the whole group with SIGTERM, and with SIGKILL after `graceMs`. Resolves when the leader has exited. */
export async function stopChild(child: ChildProcess, graceMs = 3000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    signalGroup(child.pid, 'SIGKILL');
    return;
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
  signalGroup(child.pid, 'SIGKILL');
}

/** Runs a program to its end and returns its output. Throws with its error output when it fails. */
export function runToEnd(command: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error) throw new Error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed with status ${status}:\n${stderr || stdout}`);
  }
  return stdout;
}

/** Kills the remaining children when the benchmark ends, whatever the reason. Call once. */
export function guardExit(): void {
  process.on('exit', () => {
    for (const child of running) signalGroup(child.pid, 'SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
  }
}
