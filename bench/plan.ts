// Which servers play which rounds, and how long that takes.

import type { Options } from './options.ts';
import type { Scenario, ViewerProtocol } from './scenarios.ts';
import type { ServerEntry } from './servers.ts';
import { roundSeconds, sweepSeconds } from './timing.ts';

/** What a sweep compares unless it is told otherwise. */
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

/** Of all servers those that take part somewhere, here or not. Throws for a name that none has. */
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
      (options.servers !== null || (server.scenarios?.includes(scenario.name) ?? true)),
  );
}

export function serversForSweep(servers: readonly ServerEntry[], options: Options): ServerEntry[] {
  const protocol = sweptProtocol(options);
  return servers.filter((server) => server.missing === undefined && server.protocols.includes(protocol));
}

/** What `servers`, as far as they are here, take for all that was asked; about. */
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
