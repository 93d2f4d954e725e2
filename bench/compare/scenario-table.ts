// The table of a scenario.

import { alignTable, formatFigure } from '../rounds/table.ts';
import type { ScenarioResult, ServerResult } from './summary.ts';

/** Markdown, with a list of the faults below the table. */
export function formatScenario(result: ScenarioResult): string {
  const { scenario, protocol, servers } = result;
  const variants = servers
    .filter((one) => one.role === 'livego' && one.validRounds > 0)
    .map((one) => one.server);
  const head = formatHead(variants, scenario.viewers > 0 ? 'viewer' : 'publisher');
  const rows = servers.map((one) => formatRow(one, variants, head.length));
  const title = `### ${scenario.name}${protocol ? `, ${protocol === 'flv' ? 'HTTP-FLV' : 'RTMP'}` : ''}`;
  const notes = servers.flatMap((one) => [
    ...tally(one.faults).map((fault) => `- ${one.server}: ${fault}`),
    ...describeProcesses(one),
  ]);
  return [title, '', `${scenario.about}.`, '', ...alignTable([head, ...rows]), '', ...notes].join('\n');
}

function formatHead(variants: readonly string[], clients: 'viewer' | 'publisher'): string[] {
  return [
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
}

function formatRow(one: ServerResult, variants: readonly string[], width: number): string[] {
  const { median } = one;
  if (!median)
    return [one.server, one.missing ?? 'no round was completed', ...Array<string>(width - 2).fill('')];
  return [
    // Figures of failed rounds help to find the reason, and must not be mistaken for valid ones.
    one.validRounds > 0 ? one.server : `${one.server} (does not count)`,
    formatFigure(median.cpuPerGb, 3),
    formatFigure(median.userPerGb, 3),
    formatFigure(median.systemPerGb, 3),
    ...variants.map((name) => formatFigure(one.ratios[name] ?? null, 2)),
    formatFigure(median.cpuShare * 100, 1),
    formatFigure(median.megabytes, 0),
    formatFigure(median.kilobytesPerClient, 1),
    formatFigure(median.rssWithMb, 0),
    formatFigure(median.perCore, 0),
    formatFigure(median.delayP50, 2),
    formatFigure(median.delayP99, 2),
    formatFigure(median.firstPictureP50, 0),
    formatFigure(median.firstPictureP99, 0),
    formatFigure(median.lost, 0),
    `${one.validRounds} of ${one.rounds.length}`,
  ];
}

/** Of a server with several processes, in its last valid round. */
function describeProcesses({ server, rounds }: ServerResult): string[] {
  const { processes = [] } = rounds.findLast(({ faults }) => faults.length === 0) ?? {};
  if (processes.length < 2) return [];
  const each = processes.map(({ rss, sockets }) => `${(rss / 1e6).toFixed(0)} MB with ${sockets} sockets`);
  return [`- ${server}: its first process and the others at the end of the last round: ${each.join(', ')}`];
}

function tally(faults: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return [...counts].map(([fault, count]) => (count > 1 ? `${fault} (${count} times)` : fault));
}
