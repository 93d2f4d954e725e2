// The drawing of line graphs.

import { describe, expect, it } from 'vitest';
import { drawGraph, linearTicks, logarithmicTicks, type Series } from '../../../bench/sweep/graph.ts';

const series: Series = {
  label: 'a & b',
  colour: '#0550ae',
  stroke: 'solid',
  points: [
    { x: 1, y: 0 },
    { x: 10, y: 5 },
    { x: 100, y: null },
    { x: 1000, y: 10 },
  ],
};

const svg = drawGraph({
  title: 'A < B',
  description: 'A line',
  xTitle: 'viewers',
  panels: [{ title: 'ms', series: [series] }],
});

describe('a graph', () => {
  it('puts equal factors at equal distances and 0 at the foot, and leaves a gap where there is no figure', () => {
    const path = /<path d="(M[^"]+)"[^>]* stroke-linejoin/.exec(svg)?.[1] ?? '';
    const points = [...path.matchAll(/([ML])([\d.]+) ([\d.]+)/g)];
    expect(points.map(([, command]) => command).join('')).toBe('MLM');
    const [[first, foot], [second, middle], [last, head]] = points.map(([, , x, y]) => [
      Number(x),
      Number(y),
    ]) as [[number, number], [number, number], [number, number]];
    expect((second - first) * 3).toBeCloseTo(last - first, 0);
    expect((foot - middle) * 2).toBeCloseTo(foot - head, 5);
  });

  it('has its own background, a title and a description, and escapes characters that XML takes for markup', () => {
    expect(svg).toContain('<title>A &lt; B</title>');
    expect(svg).toContain('<desc>A line</desc>');
    expect(svg).toContain('>a &amp; b<');
    expect(svg).toMatch(/<rect [^>]*fill="#ffffff"/);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('continues its legend in another row where one is full', () => {
    const many = Array.from({ length: 6 }, (_, index) => ({
      ...series,
      label: `a rather long name ${index}`,
    }));
    const wide = drawGraph({ title: '', description: '', xTitle: '', panels: [{ title: '', series: many }] });
    const places = [...wide.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>a rather/g)];
    expect(new Set(places.map(([, , y]) => y)).size).toBe(2);
    expect(Math.max(...places.map(([, x]) => Number(x)))).toBeLessThan(660);
  });
});

describe('the ticks', () => {
  it('of a logarithmic axis are 1, 2 and 5 times the powers of ten inside its range', () => {
    expect(logarithmicTicks(1, 2000)).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
    expect(logarithmicTicks(5, 40)).toEqual([5, 10, 20]);
  });

  it('of a linear axis go in round steps from 0 to the first that is not below the greatest value', () => {
    expect(linearTicks(359)).toEqual([0, 100, 200, 300, 400]);
    expect(linearTicks(0.11)).toEqual([0, 0.05, 0.1, 0.15]);
    expect(linearTicks(100)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(linearTicks(0)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  });
});
