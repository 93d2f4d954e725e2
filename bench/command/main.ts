// The benchmark's command: reads what is asked for, gets the servers, the clip and the load, and starts the measurements.
//
// This room contains the command line and the plan of the rounds. compare/ and sweep/ carry the plan out.

import { loadavg } from 'node:os';
import { join } from 'node:path';
import { compare } from '../compare/compare.ts';
import { CLIP_SECONDS, prepareClip } from '../load/clip.ts';
import { prepareLoad } from '../load/load-program.ts';
import { guardExit } from '../processes/children.ts';
import type { Conditions } from '../rounds/conditions.ts';
import { machineFacts } from '../rounds/machine.ts';
import { scenarios } from '../rounds/scenarios.ts';
import { describeDuration } from '../rounds/timing.ts';
import { NOT_REQUESTED } from '../servers/peer.ts';
import { preparePeers } from '../servers/peers.ts';
import type { ServerEntry } from '../servers/server-entry.ts';
import { serverList } from '../servers/servers.ts';
import { sweep } from '../sweep/sweep.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import {
  chooseServers,
  plannedRounds,
  secondsNeeded,
  serversFor,
  serversForSweep,
  sweptProtocol,
  takesPart,
} from './plan.ts';

interface Places {
  /** The checkout. */
  readonly root: string;
  /** bench/.peers */
  readonly peers: string;
}

export async function main(argv: readonly string[], places: Places): Promise<void> {
  const options = readOptions(argv);
  if (options.task === 'help') return console.log(USAGE);
  if (options.task === 'list') return console.log(describeChoice(places.root, options));
  if (process.platform !== 'linux') throw new Error('The benchmark reads /proc and needs Linux.');
  guardExit();
  const machine = machineFacts(loadavg()[0] ?? 0);
  const servers = prepareServers(places, options);
  const { runs, settle, seconds, readEveryMs } = options;
  const clip = prepareClip(places.peers);
  const program = prepareLoad(places.root, places.peers, options.generator);
  const conditions = { machine, clip, program, runs, settle, seconds, readEveryMs };
  console.log(describeConditions(conditions, servers));
  console.log(`This takes ${describeDuration(secondsNeeded(servers, options))}.`);
  await measure(servers, options, conditions, places);
}

function prepareServers({ root, peers }: Places, options: Options): ServerEntry[] {
  const found = preparePeers(peers, (name) => takesPart(name, options), options.srs);
  return chooseServers(serverList({ root, peers: found, livegoConfig: options.config }), options);
}

async function measure(
  servers: readonly ServerEntry[],
  options: Options,
  conditions: Conditions,
  { root }: Places,
): Promise<void> {
  const { json } = options;
  if (options.sweep) {
    const { steps, docs } = options.sweep;
    const plan = {
      servers: serversForSweep(servers, options),
      protocol: sweptProtocol(options),
      steps,
    };
    return sweep(plan, conditions, { docs: docs ?? join(root, 'docs'), json });
  }
  const contests = plannedRounds(options).map((planned) => {
    return { ...planned, servers: serversFor(planned, servers, options) };
  });
  return compare(contests, conditions, json);
}

/** For `--list`. Nothing is fetched for it, so all peers are assumed to be there. */
function describeChoice(root: string, options: Options): string {
  const there = { path: '', module: '', about: '' };
  const srs = options.srs === undefined ? NOT_REQUESTED : there;
  const peers = { nginx: there, nodeMediaServer: there, srs };
  const servers = chooseServers(serverList({ root, peers, livegoConfig: {} }), options);
  return [
    USAGE,
    ...scenarios.map((one) => `  ${one.name.padEnd(14)} ${one.about}`),
    '',
    `This choice takes ${describeDuration(secondsNeeded(servers, options))}.`,
  ].join('\n');
}

function describeConditions({ machine, clip, program }: Conditions, servers: readonly ServerEntry[]): string {
  const rate = ((clip.bytesPerSecond * 8) / 1e6).toFixed(2);
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}, load average ${machine.loadAverage.toFixed(2)} at ${machine.date}`,
    `Clip: ${CLIP_SECONDS} s, ${rate} Mbit/s, ${clip.messagesPerSecond.toFixed(1)} messages/s. Load generator: ${program.about}.`,
    ...servers.map(
      (one) => `- ${one.name}: ${one.about}${one.missing === undefined ? '' : ` (left out: ${one.missing})`}`,
    ),
    ...(machine.loadAverage > 0.5 ? ['The machine is not quiet: the figures are provisional.'] : []),
  ].join('\n');
}
