// The graph of a sweep: delay above, CPU below.

import { COLOURS, drawGraph, type Series } from './graph.ts';
import type { SweepResult } from './medians.ts';
import type { SweepFigures } from './steps.ts';
import { labelOf, type SweepReport } from './sweep-report.ts';

/** One line of the graph, for any server. */
interface Curve {
  /** Follows the server's name. */
  readonly name: string;
  readonly stroke: Series['stroke'];
  readonly pick: (figures: SweepFigures) => number;
}

const DELAY_CURVES: readonly Curve[] = [
  { name: ', p50', stroke: 'solid', pick: (figures) => figures.delayP50 },
  { name: ', p99', stroke: 'dashed', pick: (figures) => figures.delayP99 },
];
const CPU_CURVE: Curve = { name: '', stroke: 'solid', pick: (figures) => figures.cpuShare * 100 };

export function drawSweep(report: SweepReport): string {
  return drawGraph({
    title: 'Delay and CPU by number of viewers',
    description: describeGraph(report),
    xTitle: 'viewers (logarithmic)',
    panels: [
      {
        title: 'Delay, ms',
        series: report.results.flatMap((result, index) =>
          DELAY_CURVES.map((curve) => seriesOf(result, index, curve)),
        ),
      },
      {
        title: 'CPU, % of a core',
        series: report.results.map((result, index) => seriesOf(result, index, CPU_CURVE)),
      },
    ],
  });
}

function seriesOf(result: SweepResult, index: number, { name, stroke, pick }: Curve): Series {
  return {
    label: `${labelOf(result.server)}${name}`,
    colour: COLOURS[index % COLOURS.length] ?? COLOURS[0],
    stroke,
    points: result.medians.map(({ viewers, figures }) => ({
      x: viewers,
      y: figures && Number.isFinite(pick(figures)) ? pick(figures) : null,
    })),
  };
}

/** The graph in words, for readers who cannot see it. */
export function describeGraph({ results }: SweepReport): string {
  const names = results.map(({ server }) => labelOf(server)).join(' and ');
  return `Delay and CPU over the number of viewers, ${names}: the figures of the table below`;
}
