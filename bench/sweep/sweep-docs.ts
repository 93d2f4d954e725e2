// The part of docs/fan-out.md that a sweep renews: its table and its graph.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeGraph, drawSweep } from './sweep-graph.ts';
import { formatSweep, type SweepReport } from './sweep-report.ts';

const DOCUMENT = 'fan-out.md';
const IMAGE = 'images/adaptive-merging.svg';
/** The markers around the part that is written here. */
const BEGIN = '<!-- sweep: begin -->';
const END = '<!-- sweep: end -->';

/** Throws when the document has no place for the figures. Call it before a sweep. `docs`: the folder. */
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
