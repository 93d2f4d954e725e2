// Endurance: publishers, viewers, recordings, relays, engines, requests and reloads come and go, stall and are killed, for as
// long as an option says. Afterwards every healthy viewer's packets, and what the server holds, are compared.
//
// This room has what comes and goes (acts/), the servers with their config, and the comparison. The clients are the soak's.

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { endWithFaults } from '../command/end-with-faults.ts';
import { guardExit } from '../processes/children.ts';
import { serve } from '../soak/server-child.ts';
import type { Places } from '../soak/site.ts';
import { endure } from './endure.ts';

export async function main(argv: readonly string[], places: Places): Promise<void> {
  if (argv[0] === '--serve') return serve(argv[1] ?? '');
  guardExit();
  const options = readOptions(argv);
  console.log(
    `${options.minutes} minutes, seed ${options.seed}; load of the machine ${loadavg()[0]?.toFixed(1)}`,
  );
  const faults = await endure(options, places);
  console.log(`load of the machine at the end: ${loadavg()[0]?.toFixed(1)}`);
  endWithFaults(faults);
}

function readOptions(argv: readonly string[]) {
  const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { minutes: number(60), seed: number(1), 'quiet-every': number(4) },
  });
  return {
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    /** Minutes from one quiet moment to the next, in which is counted what the server holds. */
    quietEvery: Number(values['quiet-every']),
  };
}
