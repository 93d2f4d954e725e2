// From the figures of single rounds to medians and ratios.

import type { ViewerProtocol } from '../load/load.ts';
import { medianOf } from '../rounds/median.ts';
import type { RoundFigures } from '../rounds/round.ts';
import type { Scenario } from '../rounds/scenarios.ts';
import { absence, type ServerEntry } from '../servers/server-entry.ts';

/** The figures of one server in one scenario, over all its rounds. */
export interface ServerResult {
  readonly server: string;
  readonly about: string;
  readonly role: ServerEntry['role'];
  /** The reason why there are no figures. */
  readonly missing?: string;
  readonly rounds: readonly RoundFigures[];
  /** Faults of rounds that do not count, and rounds that broke off. */
  readonly faults: readonly string[];
  readonly validRounds: number;
  /** Medians over the valid rounds; over all of them when none is valid. */
  readonly median: Medians | null;
  /** livego's CPU per GB over this server's, by the name of the livego variant. Only valid rounds count. */
  readonly ratios: Readonly<Record<string, number>>;
}

export interface Medians {
  readonly cpuPerGb: number;
  readonly userPerGb: number;
  readonly systemPerGb: number;
  readonly cpuShare: number;
  readonly megabytes: number;
  readonly kilobytesPerClient: number;
  readonly perCore: number;
  readonly rssWithMb: number;
  readonly delayP50: number | null;
  readonly delayP99: number | null;
  readonly firstPictureP50: number | null;
  readonly firstPictureP99: number | null;
  readonly lost: number;
  readonly loadCpuShare: number;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly protocol: ViewerProtocol | null;
  readonly servers: readonly ServerResult[];
}

export interface RoundLog {
  readonly rounds: RoundFigures[];
  readonly broken: string[];
}

export function summarise(
  scenario: Scenario,
  protocol: ViewerProtocol | null,
  servers: readonly ServerEntry[],
  logs: ReadonlyMap<ServerEntry, RoundLog>,
): ScenarioResult {
  const partial = servers.map((server) => summariseServer(server, logs.get(server)));
  const own = partial.filter((one) => one.role === 'livego' && one.validRounds > 0);
  const withRatios = partial.map((one) => ({
    ...one,
    ratios: Object.fromEntries(
      own
        .filter((ours) => one.validRounds > 0 && ours.server !== one.server)
        .map((ours) => [ours.server, (ours.median?.cpuPerGb ?? 0) / (one.median?.cpuPerGb ?? 1)]),
    ),
  }));
  return { scenario, protocol, servers: withRatios };
}

function summariseServer(server: ServerEntry, log: RoundLog | undefined): ServerResult {
  const rounds = log?.rounds ?? [];
  const valid = rounds.filter((round) => round.faults.length === 0);
  return {
    server: server.name,
    about: server.about,
    role: server.role,
    ...absence(server.missing),
    rounds,
    faults: [...rounds.flatMap((round) => round.faults), ...(log?.broken ?? [])],
    validRounds: valid.length,
    median: rounds.length === 0 ? null : mediansOf(valid.length > 0 ? valid : rounds),
    ratios: {},
  };
}

function mediansOf(rounds: readonly RoundFigures[]): Medians {
  const of = (pick: (round: RoundFigures) => number): number => medianOf(rounds.map(pick));
  const ofSome = (pick: (round: RoundFigures) => number | undefined): number | null => {
    const values = rounds.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? null : medianOf(values);
  };
  return {
    cpuPerGb: of((round) => round.cpuPerGb),
    userPerGb: of((round) => round.userPerGb),
    systemPerGb: of((round) => round.systemPerGb),
    cpuShare: of((round) => round.cpuShare),
    megabytes: of((round) => round.megabytes),
    kilobytesPerClient: of((round) => round.kilobytesPerClient),
    perCore: of((round) => round.perCore),
    rssWithMb: of((round) => round.rssWith / 1e6),
    delayP50: ofSome((round) => round.delayMs?.p50),
    delayP99: ofSome((round) => round.delayMs?.p99),
    firstPictureP50: ofSome((round) => round.firstPictureMs?.p50),
    firstPictureP99: ofSome((round) => round.firstPictureMs?.p99),
    lost: of((round) => round.lost),
    loadCpuShare: of((round) => round.loadCpuShare),
  };
}
