// The reports of all workers about one reload, as one.
import type { ReloadReport } from '../../plugin/reload-report.ts';

/** Adds up what differs between workers. The changes are the same in all. */
export function mergeReports(
  reports: readonly [ReloadReport, ...ReloadReport[]],
  facts: Pick<ReloadReport, 'generation'> & Partial<Pick<ReloadReport, 'milliseconds'>>,
): ReloadReport {
  const sum = (of: (report: ReloadReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    ...(reports.find(({ outcome }) => outcome === 'applied') ?? reports[0]),
    ...facts,
    streamsKept: sum(({ streamsKept }) => streamsKept),
    viewersKept: sum(({ viewersKept }) => viewersKept),
    sessionsClosed: sum(({ sessionsClosed }) => sessionsClosed),
  };
}
