// The report of a sweep, and its table.

import type { ViewerProtocol } from '../load/load.ts';
import type { MachineFacts } from '../rounds/machine.ts';
import { alignTable, formatFigure } from '../rounds/table.ts';
import type { SweepResult } from './medians.ts';
import type { SweepFigures } from './steps.ts';

export interface SweepReport {
  readonly machine: MachineFacts;
  readonly protocol: ViewerProtocol;
  /** Length of each window, in seconds. */
  readonly seconds: number;
  readonly runs: number;
  readonly readEveryMs: number;
  /** The load generator. */
  readonly generator: string;
  /** Payload of the clip, bytes. */
  readonly bytesPerSecond: number;
  readonly results: readonly SweepResult[];
}

/** Short names for the variants of livego. Other servers keep their names. */
const LABELS: Readonly<Record<string, string>> = { livego: 'auto', 'livego-unmerged': 'unmerged' };

/** Lines of Markdown: the conditions, the table, and the windows that do not count. */
export function formatSweep(report: SweepReport): string[] {
  const { results } = report;
  const head = [
    'viewers',
    ...results.flatMap(({ server }) => [
      `${labelOf(server)}, delay p50 ms`,
      'p99 ms',
      'core %',
      'CPU s/GB',
      'writes/s',
    ]),
  ];
  const steps = results[0]?.medians.map(({ viewers }) => viewers) ?? [];
  const rows = steps.map((viewers, index) => [
    viewers.toLocaleString('en'),
    ...results.flatMap(({ medians }) => formatFigures(medians[index]?.figures ?? null)),
  ]);
  return [describeConditions(report), '', ...alignTable([head, ...rows]), ...formatFaults(results)];
}

function describeConditions(report: SweepReport): string {
  const { machine, protocol, seconds, runs, readEveryMs, generator, bytesPerSecond, results } = report;
  const date = new Date(machine.date).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const rate = ((bytesPerSecond * 8) / 1e6).toFixed(2);
  const reading = readEveryMs === 0 ? 'at once' : `every ${readEveryMs} ms`;
  return [
    `One stream of ${rate} Mbit/s by ${protocol === 'rtmp' ? 'RTMP' : 'HTTP-FLV'}, new viewers join the present ones;`,
    `${results.map(({ server, about }) => `${labelOf(server)}: ${about}`).join('; ')}.`,
    `Windows of ${seconds} s, ${runs === 1 ? 'one run' : `medians of ${runs} runs`}, viewers read ${reading}; load generator in ${generator}.`,
    `${date}, ${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Node ${machine.node},`,
    `load average ${machine.loadAverage.toFixed(2)} at the start.`,
  ].join('\n');
}

function formatFigures(figures: SweepFigures | null): string[] {
  if (!figures) return ['–', '–', '–', '–', '–'];
  return [
    formatFigure(figures.delayP50, 1),
    formatFigure(figures.delayP99, 1),
    formatFigure(figures.cpuShare * 100, 1),
    formatFigure(figures.cpuPerGb, 2),
    formatFigure(figures.writesPerSecond, 0),
  ];
}

function formatFaults(results: readonly SweepResult[]): string[] {
  const notes = results.flatMap(({ server, medians, broken }) => [
    ...medians.flatMap(({ viewers, faults }) =>
      [...new Set(faults)].map(
        (fault) =>
          `- ${labelOf(server)}, ${viewers.toLocaleString('en')} viewers, a window that does not count: ${fault}`,
      ),
    ),
    ...broken.map((reason) => `- ${labelOf(server)}, a run that broke off: ${reason}`),
  ]);
  return notes.length === 0 ? [] : ['', ...notes];
}

/** The name of a server in tables and graphs. */
export function labelOf(server: string): string {
  return LABELS[server] ?? server;
}
