// Reports, plans and faults in the form of JSON.
import type { ConfigFault, PlannedConfig, ReloadReport } from 'livego';

export function describeReport(report: ReloadReport) {
  const { generation, outcome, at, milliseconds, words, changes, streamsKept, viewersKept, sessionsClosed } =
    report;
  return {
    generation,
    outcome,
    at: at.toISOString(),
    milliseconds: Math.round(milliseconds),
    words,
    changes,
    streamsKept,
    viewersKept,
    sessionsClosed,
    faults: report.faults.map(describeFault),
    error: report.error ?? null,
  };
}

export function describeFault({ file, line, column, path, message }: ConfigFault) {
  return { file, line: line ?? null, column: column ?? null, path, message };
}

/** @param countOf - present sessions of a protocol and an application, as reports name them */
export function describePlan(plan: PlannedConfig, countOf: (place: string) => number) {
  if (!plan.ok) {
    const { faults, warnings, error } = plan;
    const nothing = { words: [], changes: null, disconnects: 0 };
    return {
      outcome: 'rejected',
      ...nothing,
      warnings,
      faults: faults.map(describeFault),
      error: error ?? null,
    };
  }
  const { changes, words, warnings } = plan;
  const disconnects = changes.closing.reduce((sum, place) => sum + countOf(place), 0);
  const outcome = words.length === 0 ? 'unchanged' : 'applied';
  return { outcome, words, warnings, changes, faults: [], error: null, disconnects };
}
