// The plan: the servers of each round, and the time that all rounds take.

import type { ViewerProtocol } from '../load/load.ts';
import type { Scenario } from '../rounds/scenarios.ts';
import { roundSeconds, sweepSeconds } from '../rounds/timing.ts';
import type { ServerEntry } from '../servers/server-entry.ts';
import type { Options } from './options.ts';

/** The servers of a sweep by default. */
const SWEPT_SERVERS = ['livego', 'livego-unmerged'];

export interface PlannedRound {
  readonly scenario: Scenario;
  /** null: publishers only. */
  readonly protocol: ViewerProtocol | null;
}

export function plannedRounds({ scenarios, protocols }: Options): PlannedRound[] {
  return scenarios.flatMap((scenario) => {
    const asked = scenario.protocols.filter((one) => protocols.includes(one));
    return (scenario.protocols.length === 0 ? [null] : asked).map((protocol) => ({ scenario, protocol }));
  });
}

export function sweptProtocol({ protocols }: Options): ViewerProtocol {
  return protocols[0] ?? 'rtmp';
}

export function takesPart(name: string, { servers, sweep }: Options): boolean {
  if (servers) return servers.includes(name);
  return !sweep || SWEPT_SERVERS.includes(name);
}

/** The servers that take part in any round, those missing on this machine included. Throws for an unknown name. */
export function chooseServers(all: readonly ServerEntry[], options: Options): ServerEntry[] {
  const unknown = options.servers?.find((name) => !all.some((server) => server.name === name));
  if (unknown !== undefined) throw new Error(`--server ${unknown}: there is no such server; see --help`);
  return all.filter(
    (server) =>
      takesPart(server.name, options) && (options.servers !== null || server.scenarios?.length !== 0),
  );
}

export function serversFor(
  { scenario, protocol }: PlannedRound,
  servers: readonly ServerEntry[],
  options: Options,
): ServerEntry[] {
  return servers.filter(
    (server) =>
      (protocol === null || server.protocols.includes(protocol)) &&
      (options.servers !== null || takesPartByDefault(server, scenario)),
  );
}

function takesPartByDefault(server: ServerEntry, scenario: Scenario): boolean {
  const asked = scenario.servers?.includes(server.name) ?? true;
  return asked && (server.scenarios?.includes(scenario.name) ?? true);
}

export function serversForSweep(servers: readonly ServerEntry[], options: Options): ServerEntry[] {
  const protocol = sweptProtocol(options);
  return servers.filter((server) => server.missing === undefined && server.protocols.includes(protocol));
}

/** An estimate for everything that was asked for. Missing servers do not count. */
export function secondsNeeded(servers: readonly ServerEntry[], options: Options): number {
  const { runs, seconds, sweep } = options;
  if (sweep) return runs * serversForSweep(servers, options).length * sweepSeconds(sweep.steps, seconds);
  const present = servers.filter(({ missing }) => missing === undefined);
  const rounds = plannedRounds(options).map((round) => {
    const taking = serversFor(round, present, options);
    return taking.length * roundSeconds(round.scenario, round.protocol, options);
  });
  return runs * rounds.reduce((total, each) => total + each, 0);
}
