// The end of a command that looks for faults.

/** Prints each fault, and ends the process: with 1 if there is any. */
export function endWithFaults(faults: readonly string[]): never {
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? 'no faults' : `${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}
