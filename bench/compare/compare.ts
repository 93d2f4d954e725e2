// The comparison: each scenario is played on each server, several times, and summarised in a table.
//
// This room carries out planned rounds and shows their figures. rounds/ measures one round; sweep/ measures growing
// numbers of viewers.

import type { ViewerProtocol } from '../load/load.ts';
import type { Conditions } from '../rounds/conditions.ts';
import { writeJson } from '../rounds/json-file.ts';
import { playRound } from '../rounds/round.ts';
import type { Scenario } from '../rounds/scenarios.ts';
import { inTurn, printProgress } from '../rounds/turns.ts';
import type { ServerEntry } from '../servers/server-entry.ts';
import { formatScenario } from './scenario-table.ts';
import { summarise, type RoundLog, type ScenarioResult } from './summary.ts';

/** One scenario, by one protocol, and the servers that take part. */
export interface Contest {
  readonly scenario: Scenario;
  /** null: publishers only. */
  readonly protocol: ViewerProtocol | null;
  readonly servers: readonly ServerEntry[];
}

/** Prints each table as soon as its figures are complete. `json`: the file that gets every single round. */
export async function compare(
  contests: readonly Contest[],
  conditions: Conditions,
  json: string | undefined,
): Promise<void> {
  const { program, ...rest } = conditions;
  const results: ScenarioResult[] = [];
  for (const contest of contests) {
    const result = await playContest(contest, conditions);
    results.push(result);
    console.log(`\n${formatScenario(result)}`);
    if (json !== undefined) writeJson(json, { ...rest, generator: program.about, results });
  }
}

async function playContest(contest: Contest, conditions: Conditions): Promise<ScenarioResult> {
  const { servers } = contest;
  const logs = new Map<ServerEntry, RoundLog>(servers.map((server) => [server, { rounds: [], broken: [] }]));
  for (let run = 0; run < conditions.runs; run++) {
    for (const [server, log] of inTurn([...logs], run)) {
      if (server.missing === undefined) await playOnce({ server, log, run }, contest, conditions);
    }
  }
  return summarise(contest.scenario, contest.protocol, servers, logs);
}

interface Turn {
  readonly server: ServerEntry;
  readonly log: RoundLog;
  readonly run: number;
}

async function playOnce(turn: Turn, contest: Contest, conditions: Conditions): Promise<void> {
  const { server, log, run } = turn;
  const { scenario, protocol } = contest;
  const { clip, program, settle, seconds, readEveryMs, runs } = conditions;
  const what = `${scenario.name} ${protocol ?? ''} ${run + 1}/${runs} ${server.name}`;
  try {
    const setup = { server, scenario, protocol, clip, program, settle, seconds, readEveryMs };
    const round = await playRound(setup);
    log.rounds.push(round);
    printProgress(what, round.cpuPerGb, round.faults);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.broken.push(message);
    printProgress(what, null, [message]);
  }
}
