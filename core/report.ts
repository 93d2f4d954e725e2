// What a reload did, for the log line, the API and the figures.
import type { ConfigFault } from '../config/types.ts';
import { describeInWords, type ReloadChanges } from './changes.ts';

export interface ReloadReport {
  /** The generation in force after the reload. */
  readonly generation: number;
  readonly outcome: 'applied' | 'unchanged' | 'refused';
  readonly at: Date;
  readonly milliseconds: number;
  readonly changes: ReloadChanges;
  readonly streamsKept: number;
  readonly viewersKept: number;
  readonly sessionsClosed: number;
  /** When refused: faults of the file, or the one thing that failed while the new config was staged. */
  readonly faults: readonly ConfigFault[];
  readonly error: string | undefined;
}

/** The report as one line for the log. */
export function describeReport(report: ReloadReport): string {
  const { generation, outcome, faults } = report;
  if (outcome === 'refused') {
    const what = report.error ?? count(faults.length, 'fault');
    return `config refused, ${generation} stays in force: ${what}`;
  }
  const kept = `${count(report.streamsKept, 'stream')} and ${count(report.viewersKept, 'viewer')} kept`;
  if (outcome === 'unchanged') return `config ${generation} stays in force: nothing changed, ${kept}`;
  const closed = report.sessionsClosed > 0 ? [`${count(report.sessionsClosed, 'session')} closed`] : [];
  const words = [...describeInWords(report.changes), kept, ...closed].join(', ');
  return `config ${generation} in force: ${words} (${Math.round(report.milliseconds)} ms)`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
