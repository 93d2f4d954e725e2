// Process groups: a program that was started with `detached`, and everything it has started itself.

/** Sends a signal to the group of that program. One that has not started, or has ended, gets none. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}
