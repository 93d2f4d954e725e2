// The order of servers within a repetition, and the words about each finished measurement.

/** The opposite order every second time, so that whatever drifts on the machine drifts for all servers. */
export function inTurn<Server>(servers: readonly Server[], run: number): readonly Server[] {
  return run % 2 === 0 ? servers : servers.toReversed();
}

/** Prints one line. `cpuPerGb` null: the measurement broke off. */
export function printProgress(what: string, cpuPerGb: number | null, faults: readonly string[]): void {
  const outcome = cpuPerGb === null ? 'broke off' : `${cpuPerGb.toFixed(3)} s/GB`;
  const invalid = cpuPerGb === null ? '' : 'INVALID: ';
  const verdict = faults.length === 0 ? '' : `  ${invalid}${faults.join('; ')}`;
  process.stderr.write(`${what}: ${outcome}${verdict}\n`);
}
