// From the single windows of a sweep to the table and the graph of docs/fan-out.md.

import { describe, expect, it } from 'vitest';
import { mediansOfRuns, type SweepResult } from '../../../bench/sweep/medians.ts';
import type { SweepStep } from '../../../bench/sweep/steps.ts';
import { renewDocument } from '../../../bench/sweep/sweep-docs.ts';
import { drawSweep } from '../../../bench/sweep/sweep-graph.ts';
import { formatSweep, type SweepReport } from '../../../bench/sweep/sweep-report.ts';

function step(viewers: number, delayP50: number, faults: string[] = []): SweepStep {
  return {
    viewers,
    faults,
    delayP50,
    delayP99: delayP50 * 2,
    cpuShare: viewers / 1000,
    cpuPerGb: 0.5,
    writesPerSecond: viewers * 3,
  };
}

function resultOf(server: string, about: string, runs: SweepStep[][], broken: string[] = []): SweepResult {
  return { server, about, runs, broken, medians: mediansOfRuns([1, 1000], runs) };
}

function reportOf(results: readonly SweepResult[]): SweepReport {
  const machine = {
    cpu: 'A CPU',
    cores: 2,
    memoryGb: 8,
    kernel: 'Linux 6',
    node: 'v20.19.0',
    date: '2026-11-21T14:10:33.000Z',
    loadAverage: 0.05,
  };
  const conditions = { protocol: 'rtmp', seconds: 8, runs: 1, readEveryMs: 20, generator: 'C' } as const;
  return { machine, ...conditions, bytesPerSecond: 150_000, results };
}

const auto = resultOf('livego', 'default options', [[step(1, 0.5), step(1000, 180)]]);
const unmerged = resultOf('livego-unmerged', 'mergeWriteMs: 0', [[step(1, 0.4), step(1000, 9, ['3 lost'])]]);

describe('the medians of a sweep', () => {
  it('are taken over the windows that count; without any there is no median', () => {
    const runs = [
      [step(1, 1), step(10, 1, ['3 lost'])],
      [step(1, 5), step(10, 2, ['3 lost'])],
      [step(1, 900, ['9 lost'])],
    ];
    const [one, ten] = mediansOfRuns([1, 10], runs);
    expect(one?.figures).toEqual({
      delayP50: 3,
      delayP99: 6,
      cpuShare: 0.001,
      cpuPerGb: 0.5,
      writesPerSecond: 3,
    });
    expect(one?.faults).toEqual(['9 lost']);
    expect(ten).toEqual({ viewers: 10, figures: null, faults: ['3 lost', '3 lost'] });
  });
});

describe('the table of a sweep', () => {
  it('states the conditions, has a row for each number of viewers, and lists the windows that do not count', () => {
    expect(formatSweep(reportOf([auto, unmerged]))).toEqual([
      'One stream of 1.20 Mbit/s by RTMP, new viewers join the present ones;\n' +
        'auto: default options; unmerged: mergeWriteMs: 0.\n' +
        'Windows of 8 s, one run, viewers read every 20 ms; load generator in C.\n' +
        '21 November 2026, A CPU, 2 cores, Linux 6, Node v20.19.0,\n' +
        'load average 0.05 at the start.',
      '',
      '| viewers | auto, delay p50 ms | p99 ms | core % | CPU s/GB | writes/s | unmerged, delay p50 ms | p99 ms | core % | CPU s/GB | writes/s |',
      '| ------- | -----------------: | -----: | -----: | -------: | -------: | ---------------------: | -----: | -----: | -------: | -------: |',
      '| 1       |                0.5 |    1.0 |    0.1 |     0.50 |        3 |                    0.4 |    0.8 |    0.1 |     0.50 |        3 |',
      '| 1,000   |              180.0 |  360.0 |  100.0 |     0.50 |     3000 |                      – |      – |      – |        – |        – |',
      '',
      '- unmerged, 1,000 viewers, a window that does not count: 3 lost',
    ]);
  });

  it('shows a run that broke off, and a dash for a figure that the machine does not tell', () => {
    const untold = { ...step(1, 1), writesPerSecond: Number.NaN };
    const lines = formatSweep(reportOf([resultOf('livego', '', [[untold]], ['it ended'])]));
    expect(lines).toContain('| 1       |                1.0 |    2.0 |    0.1 |     0.50 |        – |');
    expect(lines.at(-1)).toBe('- auto, a run that broke off: it ended');
  });
});

describe('the part of the document', () => {
  it('is replaced between its markers, with the graph, and the rest stays as it was', () => {
    const document = 'before\n<!-- sweep: begin -->\nold\n<!-- sweep: end -->\nafter\n';
    const renewed = renewDocument(document, reportOf([auto]));
    expect(renewed).toMatch(
      /^before\n<!-- sweep: begin -->\n\n!\[[^\]]+\]\(images\/adaptive-merging\.svg\)\n\nOne stream/,
    );
    expect(renewed).toMatch(/\| 1,000 .*\|\n\n<!-- sweep: end -->\nafter\n$/);
    expect(renewed).not.toContain('old');
    expect(renewDocument(renewed, reportOf([auto]))).toBe(renewed);
  });

  it('is not written into a document without the markers', () => {
    expect(() => renewDocument('text', reportOf([auto]))).toThrow(
      'fan-out.md lacks the markers <!-- sweep: begin --> and <!-- sweep: end -->',
    );
  });
});

describe('the graph of a sweep', () => {
  it('has a solid line of medians, a dashed one of p99 and one of the CPU for each server', () => {
    const svg = drawSweep(reportOf([auto, unmerged]));
    const legend = [...svg.matchAll(/<text [^>]*>([^<]*(?:auto|unmerged)[^<]*)</g)].map(([, label]) => label);
    expect(legend).toEqual(['auto, p50', 'auto, p99', 'unmerged, p50', 'unmerged, p99', 'auto', 'unmerged']);
    expect(svg.match(/stroke-linejoin="round" stroke-dasharray/g)).toHaveLength(2);
    expect(svg).toContain('>Delay, ms<');
    expect(svg).toContain('>CPU, % of a core<');
  });

  it('has a point for each number of viewers that counts, and no other', () => {
    const svg = drawSweep(reportOf([auto, unmerged]));
    expect(svg.match(/<circle /g)).toHaveLength(3 * 2 + 3 * 1);
  });
});
