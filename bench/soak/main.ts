// The soak: hundreds of reloads beside a live stream, then the time that a reload takes under load.
//
// This room edits a config as editors do, and checks that no viewer misses a packet. It starts the server from this
// checkout's sources in a process of its own. The cost of a viewer is measured in compare/ and sweep/.

import { parseArgs } from 'node:util';
import { endWithFaults } from '../command/end-with-faults.ts';
import { guardExit } from '../processes/children.ts';
import { measureReloads } from './reload-times.ts';
import { serve } from './server-child.ts';
import type { Places } from './site.ts';
import { soak } from './soak.ts';

export async function main(argv: readonly string[], places: Places): Promise<void> {
  if (argv[0] === '--serve') return serve(argv[1] ?? '');
  guardExit();
  const options = readOptions(argv);
  const faults: string[] = [];
  if (options.valid > 0) faults.push(...(await soak(options, places)));
  if (options.timed > 0) faults.push(...(await measureReloads(options, places)));
  endWithFaults(faults);
}

function readOptions(argv: readonly string[]) {
  const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      valid: number(500),
      invalid: number(200),
      streams: number(100),
      viewers: number(1000),
      timed: number(100),
    },
  });
  return {
    valid: Number(values.valid),
    invalid: Number(values.invalid),
    streams: Number(values.streams),
    viewers: Number(values.viewers),
    timed: Number(values.timed),
  };
}
