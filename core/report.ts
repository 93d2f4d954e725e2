// What a reload did, for the log line, the API and the figures.
import type { ConfigFault } from '../config/types.ts';

/** An instance as the operator knows it: "hls", or "hls of live" for one of an application. */
export type InstanceName = string;

export interface ReloadChanges {
  readonly added: readonly InstanceName[];
  readonly replaced: readonly InstanceName[];
  readonly removed: readonly InstanceName[];
  readonly kept: number;
  readonly appsAdded: readonly string[];
  readonly appsRemoved: readonly string[];
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Options that hold for new sessions only, by path, though present sessions keep the old value. */
  readonly nextSessionOnly: readonly string[];
}

export interface ReloadReport {
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
  if (report.outcome === 'refused') {
    const what = report.error ?? `${report.faults.length} ${plural(report.faults.length, 'fault')}`;
    return `config refused, generation ${report.generation} stays in force: ${what}`;
  }
  const kept = `${report.streamsKept} ${plural(report.streamsKept, 'stream')} and ${report.viewersKept} ${plural(report.viewersKept, 'viewer')} kept`;
  if (report.outcome === 'unchanged')
    return `config ${report.generation} stays in force: nothing changed, ${kept}`;
  const time = `(${Math.round(report.milliseconds)} ms)`;
  return `config ${report.generation} in force: ${[...describeChanges(report.changes), kept].join(', ')} ${time}`;
}

function describeChanges(changes: ReloadChanges): string[] {
  const parts: string[] = [];
  const add = (names: readonly string[], verb: string): void => {
    if (names.length > 0) parts.push(`${names.join(' and ')} ${verb}`);
  };
  add(
    changes.appsAdded.map((app) => `application ${app}`),
    'added',
  );
  add(
    changes.appsRemoved.map((app) => `application ${app}`),
    'removed',
  );
  add(changes.added, 'added');
  add(changes.replaced, 'replaced');
  add(changes.removed, 'removed');
  add(changes.opened, 'opened');
  add(changes.closed, 'closed');
  add(changes.nextSessionOnly, 'for new sessions only');
  return parts;
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
