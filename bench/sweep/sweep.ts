// A sweep: delay and CPU while the number of viewers of one stream grows, for one server after the other.
//
// This room measures, shows and draws that growth, and renews its part of docs/fan-out.md. The comparison of servers
// under a fixed load is in compare/.

import type { ViewerProtocol } from '../load/load.ts';
import type { Conditions } from '../rounds/conditions.ts';
import { writeJson } from '../rounds/json-file.ts';
import { inTurn, printProgress } from '../rounds/turns.ts';
import type { ServerEntry } from '../servers/server-entry.ts';
import { mediansOfRuns, type SweepResult } from './medians.ts';
import { playSteps, type SweepStep } from './steps.ts';
import { checkSweepDocs, writeSweepDocs } from './sweep-docs.ts';
import { formatSweep, type SweepReport } from './sweep-report.ts';

export interface SweepPlan {
  readonly servers: readonly ServerEntry[];
  readonly protocol: ViewerProtocol;
  /** All viewers together at each step, rising. */
  readonly steps: readonly number[];
}

export interface SweepTargets {
  /** The folder of the documents to renew. */
  readonly docs: string;
  readonly json: string | undefined;
}

/** Throws when no window counts; the documents stay as they were then. */
export async function sweep(
  plan: SweepPlan,
  conditions: Conditions,
  { docs, json }: SweepTargets,
): Promise<void> {
  checkSweepDocs(docs);
  const report = buildReport(plan, conditions, await playAll(plan, conditions));
  if (json !== undefined) writeJson(json, report);
  console.log(`\n${formatSweep(report).join('\n')}`);
  if (!report.results.some(({ medians }) => medians.some(({ figures }) => figures))) {
    throw new Error(`No window counts: ${docs} stays as it was.`);
  }
  writeSweepDocs(docs, report);
}

interface SweepLog {
  readonly runs: SweepStep[][];
  readonly broken: string[];
}

async function playAll(plan: SweepPlan, conditions: Conditions): Promise<SweepResult[]> {
  const logs = new Map<ServerEntry, SweepLog>(
    plan.servers.map((server) => [server, { runs: [], broken: [] }]),
  );
  for (let run = 0; run < conditions.runs; run++) {
    for (const [server, log] of inTurn([...logs], run))
      await playOnce({ server, log, run }, plan, conditions);
  }
  return [...logs].map(([{ name, about }, log]) => {
    return { server: name, about, ...log, medians: mediansOfRuns(plan.steps, log.runs) };
  });
}

interface Turn {
  readonly server: ServerEntry;
  readonly log: SweepLog;
  readonly run: number;
}

async function playOnce({ server, log, run }: Turn, plan: SweepPlan, conditions: Conditions): Promise<void> {
  const { protocol, steps } = plan;
  const { clip, program, seconds, readEveryMs, runs } = conditions;
  const turn = `${run + 1}/${runs} ${server.name}`;
  const done: SweepStep[] = [];
  log.runs.push(done);
  try {
    await playSteps({ server, protocol, clip, program, seconds, readEveryMs, steps }, (step) => {
      done.push(step);
      printProgress(`${step.viewers} viewers ${turn}`, step.cpuPerGb, step.faults);
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.broken.push(message);
    printProgress(`sweep ${turn}`, null, [message]);
  }
}

function buildReport(
  { protocol }: SweepPlan,
  { machine, seconds, runs, readEveryMs, program, clip }: Conditions,
  results: readonly SweepResult[],
): SweepReport {
  const [generator, bytesPerSecond] = [program.about, clip.bytesPerSecond];
  return { machine, protocol, seconds, runs, readEveryMs, generator, bytesPerSecond, results };
}
