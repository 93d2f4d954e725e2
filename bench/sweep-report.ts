// What a sweep shows: a table, a graph, and both of them in docs/fan-out.md.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COLOURS, drawGraph, type Series } from './graph.ts';
import { alignTable, type MachineFacts } from './report.ts';
import type { ViewerProtocol } from './scenarios.ts';
import type { SweepFigures, SweepResult } from './sweep.ts';

export interface SweepReport {
  readonly machine: MachineFacts;
  readonly protocol: ViewerProtocol;
  /** Length of each window. */
  readonly seconds: number;
  readonly runs: number;
  readonly readEveryMs: number;
  /** The load generator. */
  readonly generator: string;
  /** Payload of the clip, bytes. */
  readonly bytesPerSecond: number;
  readonly results: readonly SweepResult[];
}

const DOCUMENT = 'fan-out.md';
const IMAGE = 'images/adaptive-merging.svg';
/** Of the part of the document that is written here. */
const BEGIN = '<!-- sweep: begin -->';
const END = '<!-- sweep: end -->';

/** What the variants of livego are called here; other servers go by their names. */
const LABELS: Readonly<Record<string, string>> = { livego: 'auto', 'livego-unmerged': 'unmerged' };

/** Throws when the document has no place for the figures: better before a sweep than after. `docs`: the folder. */
export function checkSweepDocs(docs: string): void {
  findPart(readFileSync(join(docs, DOCUMENT), 'utf8'));
}

/** Writes the graph and renews the document's part. */
export function writeSweepDocs(docs: string, report: SweepReport): void {
  const document = join(docs, DOCUMENT);
  const renewed = renewDocument(readFileSync(document, 'utf8'), report);
  const image = join(docs, IMAGE);
  mkdirSync(dirname(image), { recursive: true });
  writeFileSync(image, drawSweep(report));
  writeFileSync(document, renewed);
}

export function renewDocument(document: string, report: SweepReport): string {
  const { from, to } = findPart(document);
  const part = [`![${describeGraph(report)}](${IMAGE})`, '', ...formatSweep(report)].join('\n');
  return `${document.slice(0, from)}\n\n${part}\n\n${document.slice(to)}`;
}

function findPart(document: string): { from: number; to: number } {
  const begin = document.indexOf(BEGIN);
  const to = document.indexOf(END);
  if (begin < 0 || to < begin) throw new Error(`${DOCUMENT} lacks the markers ${BEGIN} and ${END}`);
  return { from: begin + BEGIN.length, to };
}

/** Lines of Markdown: the conditions, the table, and what does not count. */
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
    `One stream of ${rate} Mbit/s by ${protocol === 'rtmp' ? 'RTMP' : 'HTTP-FLV'}, viewers joining those who are there already;`,
    `${results.map(({ server, about }) => `${labelOf(server)}: ${about}`).join('; ')}.`,
    `Windows of ${seconds} s, ${runs === 1 ? 'one run' : `medians of ${runs} runs`}, viewers read ${reading}; load generator in ${generator}.`,
    `${date}, ${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Node ${machine.node},`,
    `load average ${machine.loadAverage.toFixed(2)} at the start.`,
  ].join('\n');
}

function formatFigures(figures: SweepFigures | null): string[] {
  if (!figures) return ['–', '–', '–', '–', '–'];
  return [
    fixed(figures.delayP50, 1),
    fixed(figures.delayP99, 1),
    fixed(figures.cpuShare * 100, 1),
    fixed(figures.cpuPerGb, 2),
    fixed(figures.writesPerSecond, 0),
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

export function drawSweep(report: SweepReport): string {
  const series = (
    result: SweepResult,
    index: number,
    [name, stroke, pick]: readonly [string, Series['stroke'], (figures: SweepFigures) => number],
  ): Series => ({
    label: `${labelOf(result.server)}${name}`,
    colour: COLOURS[index % COLOURS.length] ?? COLOURS[0],
    stroke,
    points: result.medians.map(({ viewers, figures }) => ({
      x: viewers,
      y: figures && Number.isFinite(pick(figures)) ? pick(figures) : null,
    })),
  });
  return drawGraph({
    title: 'Delay and CPU as viewers grow in number',
    description: describeGraph(report),
    xTitle: 'viewers (logarithmic)',
    panels: [
      {
        title: 'Delay, ms',
        series: report.results.flatMap((result, index) => [
          series(result, index, [', p50', 'solid', (figures) => figures.delayP50]),
          series(result, index, [', p99', 'dashed', (figures) => figures.delayP99]),
        ]),
      },
      {
        title: 'CPU, % of a core',
        series: report.results.map((result, index) =>
          series(result, index, ['', 'solid', (figures) => figures.cpuShare * 100]),
        ),
      },
    ],
  });
}

function describeGraph({ results }: SweepReport): string {
  const names = results.map(({ server }) => labelOf(server)).join(' and ');
  return `Delay and CPU over the number of viewers, ${names}: the figures of the table below`;
}

function labelOf(server: string): string {
  return LABELS[server] ?? server;
}

function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}
