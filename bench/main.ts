// The benchmark: what was asked for, on which servers, and in which order. Servers take turns within each repetition,
// so that whatever drifts on the machine drifts for all of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { guardExit } from './children.ts';
import { CLIP_SECONDS, prepareClip, type Clip } from './clip.ts';
import { prepareLoad, type LoadProgram } from './load.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import { notAsked, preparePeers } from './peers.ts';
import {
  chooseServers,
  plannedRounds,
  secondsNeeded,
  serversFor,
  serversForSweep,
  sweptProtocol,
  takesPart,
  type PlannedRound,
} from './plan.ts';
import { formatScenario, machineFacts, summarise, type RoundLog, type ScenarioResult } from './report.ts';
import { playRound } from './round.ts';
import { scenarios } from './scenarios.ts';
import { serverList, type ServerEntry } from './servers.ts';
import { mediansOfRuns, playSweep, type SweepResult, type SweepStep } from './sweep.ts';
import { checkSweepDocs, formatSweep, writeSweepDocs, type SweepReport } from './sweep-report.ts';
import { describeDuration } from './timing.ts';

export async function main(
  argv: readonly string[],
  { root, peers }: { root: string; peers: string },
): Promise<void> {
  const options = readOptions(argv);
  if (options.task === 'help') return console.log(USAGE);
  if (options.task === 'list') return console.log(describeChoice(root, options));
  if (process.platform !== 'linux') throw new Error('The benchmark reads /proc and needs Linux.');
  guardExit();
  const machine = machineFacts(loadavg()[0] ?? 0);
  const found = preparePeers(peers, (name) => takesPart(name, options), options.srs);
  const servers = chooseServers(serverList({ root, peers: found, livegoConfig: options.config }), options);
  const clip = prepareClip(peers);
  const program = prepareLoad(root, peers, options.generator);
  console.log(formatPreamble(machine, servers, clip, program));
  console.log(`This takes ${describeDuration(secondsNeeded(servers, options))}.`);
  const workshop = { options, clip, program, machine };
  if (options.sweep) await sweep(servers, workshop, options.sweep.docs ?? join(root, 'docs'));
  else await compare(servers, workshop);
}

interface Workshop {
  readonly options: Options;
  readonly clip: Clip;
  readonly program: LoadProgram;
  readonly machine: ReturnType<typeof machineFacts>;
}

async function compare(servers: readonly ServerEntry[], workshop: Workshop): Promise<void> {
  const { options, clip, program, machine } = workshop;
  const { runs, settle, seconds, readEveryMs } = options;
  const results: ScenarioResult[] = [];
  for (const planned of plannedRounds(options)) {
    const result = await playScenario(planned, serversFor(planned, servers, options), workshop);
    results.push(result);
    console.log(`\n${formatScenario(result)}`);
    if (options.json) {
      const conditions = { machine, clip, generator: program.about, runs, settle, seconds, readEveryMs };
      writeJson(options.json, { ...conditions, results });
    }
  }
}

async function playScenario(
  { scenario, protocol }: PlannedRound,
  taking: readonly ServerEntry[],
  { options, clip, program }: Workshop,
): Promise<ScenarioResult> {
  const { settle, seconds, readEveryMs } = options;
  const logs = new Map<ServerEntry, RoundLog>(taking.map((server) => [server, { rounds: [], broken: [] }]));
  for (let run = 0; run < options.runs; run++) {
    for (const server of inTurn(taking, run)) {
      if (server.missing !== undefined) continue;
      const log = logs.get(server);
      const what = `${scenario.name} ${protocol ?? ''} ${run + 1}/${options.runs} ${server.name}`;
      try {
        const setup = { server, scenario, protocol, clip, program, settle, seconds, readEveryMs };
        const round = await playRound(setup);
        log?.rounds.push(round);
        progress(what, round.cpuPerGb, round.faults);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log?.broken.push(message);
        progress(what, null, [message]);
      }
    }
  }
  return summarise(scenario, protocol, taking, logs);
}

async function sweep(servers: readonly ServerEntry[], workshop: Workshop, docs: string): Promise<void> {
  checkSweepDocs(docs);
  const { options, clip, program, machine } = workshop;
  const { runs, seconds, readEveryMs } = options;
  const steps = options.sweep?.steps ?? [];
  const protocol = sweptProtocol(options);
  const present = serversForSweep(servers, options);
  const logs = new Map(
    present.map((server) => [server, { runs: [] as SweepStep[][], broken: [] as string[] }]),
  );
  for (let run = 0; run < runs; run++) {
    for (const server of inTurn(present, run)) {
      const done: SweepStep[] = [];
      const log = logs.get(server);
      log?.runs.push(done);
      try {
        const setup = { server, protocol, clip, program, seconds, readEveryMs, steps };
        await playSweep(setup, (step) => {
          done.push(step);
          progress(`${step.viewers} viewers ${run + 1}/${runs} ${server.name}`, step.cpuPerGb, step.faults);
        });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log?.broken.push(message);
        progress(`sweep ${run + 1}/${runs} ${server.name}`, null, [message]);
      }
    }
  }
  const results = [...logs].map(([{ name, about }, log]): SweepResult => {
    return { server: name, about, ...log, medians: mediansOfRuns(steps, log.runs) };
  });
  const { bytesPerSecond } = clip;
  const generator = program.about;
  const report: SweepReport = {
    machine,
    protocol,
    seconds,
    runs,
    readEveryMs,
    generator,
    bytesPerSecond,
    results,
  };
  if (options.json) writeJson(options.json, report);
  console.log(`\n${formatSweep(report).join('\n')}`);
  if (!results.some(({ medians }) => medians.some(({ figures }) => figures))) {
    throw new Error(`No window counts: ${docs} is left as it was.`);
  }
  writeSweepDocs(docs, report);
}

/** Every second time in the opposite order: whoever runs after whom changes too. */
function inTurn(servers: readonly ServerEntry[], run: number): readonly ServerEntry[] {
  return run % 2 === 0 ? servers : servers.toReversed();
}

/** For `--list`: nothing is fetched to say it, so peers are taken to be there. */
function describeChoice(root: string, options: Options): string {
  const there = { path: '', module: '', about: '' };
  const srs = options.srs === undefined ? notAsked : there;
  const peers = { nginx: there, nodeMediaServer: there, srs };
  const servers = chooseServers(serverList({ root, peers, livegoConfig: {} }), options);
  return [
    USAGE,
    ...scenarios.map((one) => `  ${one.name.padEnd(14)} ${one.about}`),
    '',
    `What was asked takes ${describeDuration(secondsNeeded(servers, options))}.`,
  ].join('\n');
}

function formatPreamble(
  machine: ReturnType<typeof machineFacts>,
  servers: readonly ServerEntry[],
  clip: Clip,
  program: LoadProgram,
): string {
  const rate = ((clip.bytesPerSecond * 8) / 1e6).toFixed(2);
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}, load average ${machine.loadAverage.toFixed(2)} at ${machine.date}`,
    `Clip: ${CLIP_SECONDS} s, ${rate} Mbit/s, ${clip.messagesPerSecond.toFixed(1)} messages/s. Load generator: ${program.about}.`,
    ...servers.map(
      (one) => `- ${one.name}: ${one.about}${one.missing === undefined ? '' : ` (left out: ${one.missing})`}`,
    ),
    ...(machine.loadAverage > 0.5 ? ['The machine is not quiet: take the figures as provisional.'] : []),
  ].join('\n');
}

function progress(what: string, cpuPerGb: number | null, faults: readonly string[]): void {
  const verdict = faults.length === 0 ? '' : `  ${cpuPerGb === null ? '' : 'INVALID: '}${faults.join('; ')}`;
  process.stderr.write(
    `${what}: ${cpuPerGb === null ? 'broke off' : `${cpuPerGb.toFixed(3)} s/GB`}${verdict}\n`,
  );
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
