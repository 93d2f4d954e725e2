// One round: one server under one load, from its start to its end.
//
// This room contains the loads, the measurement of one server under one of them, and the helpers that all reports use.
// It does not know what is compared with what: command/ plans that, compare/ and sweep/ carry it out.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewerProtocol } from '../load/load.ts';
import type { LoadFigures, Spread } from '../load/load-figures.ts';
import {
  readProcesses,
  readTreeUsage,
  type ProcessUsage,
  type TreeUsage,
} from '../processes/process-tree.ts';
import { findFaults } from './faults.ts';
import { medianOf } from './median.ts';
import type { Scenario } from './scenarios.ts';
import { onStage, type Stage, type StageSetup } from './stage.ts';
import { joinTimeoutMs, JOINS_PER_SECOND, roundSeconds, SETTLE_MS } from './timing.ts';

export interface RoundSetup extends StageSetup {
  readonly scenario: Scenario;
  /** null: publishers only. */
  readonly protocol: ViewerProtocol | null;
  /** Before the window, in seconds. */
  readonly settle: number;
  /** Length of the measured window, in seconds. */
  readonly seconds: number;
}

export interface RoundFigures {
  /** The reasons why the round does not count; empty when it does. */
  readonly faults: readonly string[];
  readonly seconds: number;
  /** Delivered to viewers, or received from publishers in a scenario without viewers. */
  readonly megabytes: number;
  readonly userPerGb: number;
  readonly systemPerGb: number;
  readonly cpuPerGb: number;
  /** The share of one core: 1 is a whole one, and it may be more. */
  readonly cpuShare: number;
  /** An extrapolation: the viewers that one core would serve, or the publishers in a scenario without viewers. */
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
  /** At the end of the window: the server's process, and then those that it has started. */
  readonly processes: readonly ProcessUsage[];
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

async function measure(setup: RoundSetup, stage: Stage): Promise<RoundFigures> {
  const { pid, load } = stage;
  const rssBefore = await bringUp(setup, stage);
  await load.mark();
  const began = performance.now();
  const before = readTreeUsage(pid);
  await joinStorm(setup, stage);
  const endsAt = began + setup.seconds * 1000;
  const samples: number[] = [];
  while (performance.now() < endsAt) {
    await sleep(Math.min(1000, Math.max(1, endsAt - performance.now())));
    samples.push(readTreeUsage(pid).rss);
  }
  const after = readTreeUsage(pid);
  const processes = readProcesses(pid);
  const report = await load.report();
  return figuresOf(setup, { before, after, report, rssBefore, rssWith: medianOf(samples), processes });
}

/** Lets publishers and viewers join and settle. Resolves with the memory from before the clients that are counted. */
async function bringUp(setup: RoundSetup, { pid, load }: Stage): Promise<number> {
  const { scenario, protocol, settle } = setup;
  const emptyRss = readTreeUsage(pid).rss;
  await load.publish(scenario.publishers, scenario.spreadMs);
  await sleep(scenario.spreadMs);
  const watched = protocol && scenario.viewers > 0;
  if (watched) await sleep(SETTLE_MS);
  const liveRss = readTreeUsage(pid).rss;
  if (watched) {
    await load.join(protocol, {
      count: scenario.viewers,
      perSecond: JOINS_PER_SECOND,
      probes: scenario.probes,
      stalled: scenario.stalled,
      timeoutMs: joinTimeoutMs(scenario.viewers),
    });
  }
  await sleep(settle * 1000);
  if (scenario.storm > 0) return readTreeUsage(pid).rss;
  return scenario.viewers > 0 ? liveRss : emptyRss;
}

/** Inside the window, all within a second. */
async function joinStorm({ scenario, protocol }: RoundSetup, { load }: Stage): Promise<void> {
  if (!protocol || scenario.storm === 0) return;
  await load.join(protocol, {
    count: scenario.storm,
    perSecond: scenario.storm,
    probes: 0,
    stalled: 0,
    timeoutMs: joinTimeoutMs(scenario.storm),
  });
}

interface Raw {
  readonly before: TreeUsage;
  readonly after: TreeUsage;
  readonly report: LoadFigures;
  readonly rssBefore: number;
  readonly rssWith: number;
  readonly processes: readonly ProcessUsage[];
}

function figuresOf(setup: RoundSetup, raw: Raw): RoundFigures {
  const { scenario } = setup;
  const { before, after, report, rssBefore, rssWith, processes } = raw;
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
    processes,
  };
}
