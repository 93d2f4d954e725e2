// One round: one server under one load, from its start to its end, and whether the figures can be trusted.

import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadFigures, Spread } from './load.ts';
import { readTreeUsage, type TreeUsage } from './process-tree.ts';
import type { Scenario, ViewerProtocol } from './scenarios.ts';
import { onStage, type Stage, type StageSetup } from './stage.ts';
import { joinTimeoutMs, JOINS_PER_SECOND, roundSeconds, SETTLE_MS } from './timing.ts';

export interface RoundSetup extends StageSetup {
  readonly scenario: Scenario;
  /** null: publishers only. */
  readonly protocol: ViewerProtocol | null;
  /** Before the window, in seconds. */
  readonly settle: number;
  /** Length of the measured window. */
  readonly seconds: number;
}

export interface RoundFigures {
  /** Why the round does not count; empty when it does. */
  readonly faults: readonly string[];
  readonly seconds: number;
  /** Delivered to viewers; in a scenario without viewers taken from publishers. */
  readonly megabytes: number;
  readonly userPerGb: number;
  readonly systemPerGb: number;
  readonly cpuPerGb: number;
  /** Of one core, 0 to 1 and more. */
  readonly cpuShare: number;
  /** Viewers (publishers in a scenario without viewers) that one core would carry, by extrapolation. */
  readonly perCore: number;
  /** Resident memory of the server tree, bytes: before the clients and with them. */
  readonly rssBefore: number;
  readonly rssWith: number;
  readonly kilobytesPerClient: number;
  readonly delayMs: Spread | null;
  readonly firstMediaMs: Spread | null;
  readonly firstPictureMs: Spread | null;
  readonly lost: number;
  readonly backwards: number;
  readonly completeness: LoadFigures['completeness'];
  readonly stalledClosed: number;
  readonly loadCpuShare: number;
}

export async function playRound(setup: RoundSetup): Promise<RoundFigures> {
  const { server, scenario, protocol } = setup;
  try {
    const maxSeconds = 60 + 2 * roundSeconds(scenario, protocol, setup);
    return await onStage(setup, maxSeconds, (stage) => measure(setup, stage));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${server.name}, ${scenario.name}: ${reason}`, { cause: error });
  }
}

async function measure(setup: RoundSetup, { pid, load }: Stage): Promise<RoundFigures> {
  const { scenario, protocol, seconds } = setup;
  const emptyRss = readTreeUsage(pid).rss;
  await load.publish(scenario.publishers, scenario.spreadMs);
  await sleep(scenario.spreadMs);
  const watched = protocol && scenario.viewers > 0;
  if (watched) await sleep(SETTLE_MS);
  const liveRss = readTreeUsage(pid).rss;
  const join = { perSecond: JOINS_PER_SECOND, probes: scenario.probes, stalled: scenario.stalled };
  if (watched) {
    await load.join(protocol, {
      ...join,
      count: scenario.viewers,
      timeoutMs: joinTimeoutMs(scenario.viewers),
    });
  }
  await sleep(setup.settle * 1000);
  const stormRss = readTreeUsage(pid).rss;
  await load.mark();
  const began = performance.now();
  const before = readTreeUsage(pid);
  if (protocol && scenario.storm > 0) {
    await load.join(protocol, {
      count: scenario.storm,
      perSecond: scenario.storm,
      probes: 0,
      stalled: 0,
      timeoutMs: joinTimeoutMs(scenario.storm),
    });
  }
  const samples: number[] = [];
  while (performance.now() - began < seconds * 1000) {
    await sleep(Math.min(1000, Math.max(1, seconds * 1000 - (performance.now() - began))));
    samples.push(readTreeUsage(pid).rss);
  }
  const after = readTreeUsage(pid);
  const report = await load.report();
  const rssBefore = scenario.storm > 0 ? stormRss : scenario.viewers > 0 ? liveRss : emptyRss;
  return figuresOf(setup, { before, after, report, rssBefore, rssWith: medianOf(samples) });
}

interface Raw {
  readonly before: TreeUsage;
  readonly after: TreeUsage;
  readonly report: LoadFigures;
  readonly rssBefore: number;
  readonly rssWith: number;
}

function figuresOf(setup: RoundSetup, raw: Raw): RoundFigures {
  const { scenario } = setup;
  const { before, after, report, rssBefore, rssWith } = raw;
  const user = after.user - before.user;
  const system = after.system - before.system;
  const bytes = scenario.viewers > 0 ? report.bytes : report.published;
  const clients = scenario.storm || scenario.viewers || scenario.publishers;
  const gigabytes = bytes / 1e9;
  const share = (user + system) / report.seconds;
  return {
    faults: findFaults(setup, report),
    seconds: report.seconds,
    megabytes: bytes / 1e6,
    userPerGb: user / gigabytes,
    systemPerGb: system / gigabytes,
    cpuPerGb: (user + system) / gigabytes,
    cpuShare: share,
    perCore: clients / share,
    rssBefore,
    rssWith,
    kilobytesPerClient: (rssWith - rssBefore) / clients / 1000,
    delayMs: report.delayMs,
    firstMediaMs: report.firstMediaMs,
    firstPictureMs: report.firstPictureMs,
    lost: report.probes.lost,
    backwards: report.probes.backwards,
    completeness: report.completeness,
    stalledClosed: report.stalledClosed,
    loadCpuShare: report.loadCpuSeconds / report.seconds,
  };
}

/** A window holds up to so many seconds' worth of the clip's bytes more or less than its share, by its keyframes. */
const CLIP_UNEVENNESS_SECONDS = 0.4;

/** What would make the comparison unfair or meaningless. Loss is a fault of the server, so it is one too. */
export function findFaults(setup: Pick<RoundSetup, 'scenario' | 'clip'>, report: LoadFigures): string[] {
  const { scenario, clip } = setup;
  const faults: string[] = [];
  const expected = clip.bytesPerSecond * report.seconds * scenario.publishers;
  const healthy = scenario.viewers - scenario.stalled + scenario.storm;
  if (report.publishers !== scenario.publishers) {
    faults.push(`${scenario.publishers - report.publishers} publishers lost their connection`);
  }
  if (Math.abs(report.published / expected - 1) > 0.01 + CLIP_UNEVENNESS_SECONDS / report.seconds) {
    faults.push(`published ${percent(report.published / expected)} of what real time asks for`);
  }
  if (report.playing < healthy) faults.push(`${healthy - report.playing} healthy viewers are not playing`);
  if (report.joined > 0 && report.pictures < report.joined - scenario.stalled) {
    faults.push(`${report.joined - scenario.stalled - report.pictures} viewers never got a picture`);
  }
  const { viewers, min, max, short, long } = report.completeness;
  if (short > 0) faults.push(`${short} of ${viewers} viewers got too little (down to ${percent(min)})`);
  if (long > 0) faults.push(`${long} of ${viewers} viewers got too much (up to ${percent(max)})`);
  if (report.probes.lost > 0) faults.push(`${report.probes.lost} messages lost on the way to the probes`);
  if (report.probes.backwards > 0) faults.push(`${report.probes.backwards} timestamps ran backwards`);
  const load = report.loadCpuSeconds / report.seconds;
  if (load > 0.9) faults.push(`the load generator itself used ${percent(load)} of a core`);
  return faults;
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
