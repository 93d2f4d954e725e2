// Whether the figures of a window can be trusted.

import type { Clip } from '../load/clip.ts';
import type { LoadFigures } from '../load/load-figures.ts';
import type { Scenario } from './scenarios.ts';

/** The largest share of a core that the load generator may use. */
const MAX_LOAD_SHARE = 0.9;
/** A window contains up to this many seconds' worth of the clip's bytes more or less than its share, by its keyframes. */
const CLIP_UNEVENNESS_SECONDS = 0.4;

/** Reasons why a comparison with this window would be unfair or meaningless. Loss is a fault of the server and counts too. */
export function findFaults(
  { scenario, clip }: { readonly scenario: Scenario; readonly clip: Clip },
  report: LoadFigures,
): string[] {
  const load = report.loadCpuSeconds / report.seconds;
  return [
    ...findPublisherFaults(scenario, clip, report),
    ...findViewerFaults(scenario, report),
    ...findCompletenessFaults(report),
    ...(load > MAX_LOAD_SHARE ? [`the load generator itself used ${percent(load)} of a core`] : []),
  ];
}

function findPublisherFaults(scenario: Scenario, clip: Clip, report: LoadFigures): string[] {
  const faults: string[] = [];
  const expected = clip.bytesPerSecond * report.seconds * scenario.publishers;
  if (report.publishers !== scenario.publishers) {
    faults.push(`${scenario.publishers - report.publishers} publishers lost their connection`);
  }
  if (Math.abs(report.published / expected - 1) > 0.01 + CLIP_UNEVENNESS_SECONDS / report.seconds) {
    faults.push(`published ${percent(report.published / expected)} of what real time asks for`);
  }
  return faults;
}

function findViewerFaults(scenario: Scenario, report: LoadFigures): string[] {
  const faults: string[] = [];
  const healthy = scenario.viewers - scenario.stalled + scenario.storm;
  if (report.playing < healthy) faults.push(`${healthy - report.playing} healthy viewers are not playing`);
  if (report.joined > 0 && report.pictures < report.joined - scenario.stalled) {
    faults.push(`${report.joined - scenario.stalled - report.pictures} viewers never got a picture`);
  }
  return faults;
}

function findCompletenessFaults({ completeness, probes }: LoadFigures): string[] {
  const faults: string[] = [];
  const { viewers, min, max, short, long } = completeness;
  if (short > 0) faults.push(`${short} of ${viewers} viewers got too little (down to ${percent(min)})`);
  if (long > 0) faults.push(`${long} of ${viewers} viewers got too much (up to ${percent(max)})`);
  if (probes.lost > 0) faults.push(`${probes.lost} messages lost on the way to the probes`);
  if (probes.backwards > 0) faults.push(`${probes.backwards} timestamps ran backwards`);
  return faults;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
