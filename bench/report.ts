// From the figures of single rounds to medians, ratios, tables and the JSON file.

import { cpus, release, totalmem, type as osType } from 'node:os';
import { medianOf, type RoundFigures } from './round.ts';
import type { Scenario, ViewerProtocol } from './scenarios.ts';
import type { ServerEntry } from './servers.ts';

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  /** Load average of the last minute when the benchmark began: 0 on a quiet machine. */
  readonly loadAverage: number;
}

/** What the rounds of one server in one scenario come to. */
export interface ServerResult {
  readonly server: string;
  readonly about: string;
  readonly role: ServerEntry['role'];
  /** Why there are no figures. */
  readonly missing?: string;
  readonly rounds: readonly RoundFigures[];
  /** Faults of rounds that do not count, and rounds that broke off. */
  readonly faults: readonly string[];
  readonly validRounds: number;
  /** Medians over the valid rounds; over all of them when none is valid. */
  readonly median: Medians | null;
  /** Own CPU per GB over this server's, by the name of the livego variant; of valid rounds alone. */
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

export function machineFacts(loadAverage: number): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: `${osType()} ${release()}`,
    node: process.version,
    date: new Date().toISOString(),
    loadAverage,
  };
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
      one.validRounds > 0 && one.role === 'peer'
        ? own.map((ours) => [ours.server, (ours.median?.cpuPerGb ?? 0) / (one.median?.cpuPerGb ?? 1)])
        : [],
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
    ...(server.missing === undefined ? {} : { missing: server.missing }),
    rounds,
    faults: [...rounds.flatMap((round) => round.faults), ...(log?.broken ?? [])],
    validRounds: valid.length,
    median: rounds.length === 0 ? null : mediansOf(valid.length > 0 ? valid : rounds),
    ratios: {},
  };
}

export function mediansOf(rounds: readonly RoundFigures[]): Medians {
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

/** A Markdown table, aligned so that a terminal shows it well too. */
export function formatScenario(result: ScenarioResult): string {
  const { scenario, protocol, servers } = result;
  const variants = servers
    .filter((one) => one.role === 'livego' && one.validRounds > 0)
    .map((one) => one.server);
  const clients = scenario.viewers > 0 ? 'viewer' : 'publisher';
  const head = [
    'server',
    'CPU s/GB',
    'user',
    'system',
    ...variants.map((name) => `${name} ÷ it`),
    'core %',
    'MB',
    `KB/${clients}`,
    'RSS MB',
    `${clients}s/core`,
    'delay p50 ms',
    'p99 ms',
    'picture p50 ms',
    'p99 ms',
    'lost',
    'valid',
  ];
  const rows = servers.map((one) => formatRow(one, variants, head.length));
  const title = `### ${scenario.name}${protocol ? `, ${protocol === 'flv' ? 'HTTP-FLV' : 'RTMP'}` : ''}`;
  const notes = servers.flatMap((one) => tally(one.faults).map((fault) => `- ${one.server}: ${fault}`));
  return [title, '', `${scenario.about}.`, '', ...alignTable([head, ...rows]), '', ...notes].join('\n');
}

function formatRow(one: ServerResult, variants: readonly string[], width: number): string[] {
  const { median } = one;
  if (!median)
    return [one.server, one.missing ?? 'no round came through', ...Array<string>(width - 2).fill('')];
  return [
    // Figures of rounds that failed are shown for who looks for the reason, and must not pass for the others.
    one.validRounds > 0 ? one.server : `${one.server} (does not count)`,
    fixed(median.cpuPerGb, 3),
    fixed(median.userPerGb, 3),
    fixed(median.systemPerGb, 3),
    ...variants.map((name) => fixed(one.ratios[name] ?? null, 2)),
    fixed(median.cpuShare * 100, 1),
    fixed(median.megabytes, 0),
    fixed(median.kilobytesPerClient, 1),
    fixed(median.rssWithMb, 0),
    fixed(median.perCore, 0),
    fixed(median.delayP50, 2),
    fixed(median.delayP99, 2),
    fixed(median.firstPictureP50, 0),
    fixed(median.firstPictureP99, 0),
    fixed(median.lost, 0),
    `${one.validRounds} of ${one.rounds.length}`,
  ];
}

function tally(faults: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return [...counts].map(([fault, count]) => (count > 1 ? `${fault} (${count} times)` : fault));
}

function fixed(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

export function alignTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.filter((row) => !isRemark(row)).map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...body.map((row) => line(row))];
}

/** A row that says in words why there are no figures: it must not widen the column of numbers. */
function isRemark(row: readonly string[]): boolean {
  return row.length > 2 && row.slice(2).every((cell) => cell === '');
}
