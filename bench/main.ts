// The benchmark's command line and its order of rounds. Servers take turns within each repetition, so that whatever
// drifts on the machine drifts for all of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { guardExit } from './children.ts';
import { CLIP_SECONDS, prepareClip, type Clip } from './clip.ts';
import { prepareLoad, type LoadProgram } from './load.ts';
import { preparePeers } from './peers.ts';
import { formatScenario, machineFacts, summarise, type RoundLog, type ScenarioResult } from './report.ts';
import { playRound } from './round.ts';
import { scenarios, type Scenario, type ViewerProtocol } from './scenarios.ts';
import { serverList, type ServerEntry } from './servers.ts';

const USAGE = `npm run bench -- [options]

  --scenario NAME[,NAME]   ${scenarios.map((one) => one.name).join(', ')} (default: all)
  --protocol rtmp|flv      only this one
  --server NAME[,NAME]     livego, livego-unmerged, nginx-rtmp, node-media-server, srs, srs-low-latency, and on
                           request only: node-floor, node-floor-merged
  --runs N                 repetitions, whose median counts (default 5)
  --seconds N              length of the measured window (default 15)
  --viewers N              other than the scenario's
  --read-every MS          how often a viewer reads (default 20; 0: at once)
  --generator node         the load generator in Node even where there is a C compiler
  --config JSON            more options for livego, e.g. '{"mergeWriteMs": 100}'
  --srs PATH               an SRS binary to compare with as well
  --json FILE              write everything there as JSON
  --quick                  one run, windows of 5 s
  --list                   say what there is
`;

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly protocols: readonly ViewerProtocol[];
  readonly servers: readonly string[] | null;
  readonly runs: number;
  readonly seconds: number;
  readonly readEveryMs: number;
  readonly generator: 'c' | 'node';
  readonly config: Record<string, unknown>;
  readonly srs: string | undefined;
  readonly json: string | undefined;
}

export async function main(
  argv: readonly string[],
  { root, peers }: { root: string; peers: string },
): Promise<void> {
  const options = readOptions(argv);
  if (!options) return;
  if (process.platform !== 'linux') throw new Error('The benchmark reads /proc and needs Linux.');
  guardExit();
  const machine = machineFacts(loadavg()[0] ?? 0);
  const wanted = (name: string): boolean => !options.servers || options.servers.includes(name);
  const found = preparePeers(peers, wanted, options.srs);
  const clip = prepareClip(peers);
  const program = prepareLoad(root, peers, options.generator);
  const servers = serverList({ root, peers: found, livegoConfig: options.config }).filter((server) =>
    options.servers ? options.servers.includes(server.name) : server.scenarios?.length !== 0,
  );
  console.log(formatPreamble(machine, servers, clip, program));
  const results: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    const protocols = scenario.protocols.filter((one) => options.protocols.includes(one));
    for (const protocol of scenario.protocols.length === 0 ? [null] : protocols) {
      const result = await playScenario(scenario, protocol, servers, { options, clip, program });
      results.push(result);
      console.log(`\n${formatScenario(result)}`);
      if (options.json)
        writeJson(options.json, { machine, clip, generator: program.about, ...timingOf(options), results });
    }
  }
}

interface Workshop {
  readonly options: Options;
  readonly clip: Clip;
  readonly program: LoadProgram;
}

async function playScenario(
  scenario: Scenario,
  protocol: ViewerProtocol | null,
  servers: readonly ServerEntry[],
  { options, clip, program }: Workshop,
): Promise<ScenarioResult> {
  const taking = servers.filter(
    (server) =>
      (protocol === null || server.protocols.includes(protocol)) &&
      (options.servers !== null || (server.scenarios?.includes(scenario.name) ?? true)),
  );
  const { seconds, readEveryMs } = timingOf(options);
  const timing = { seconds, readEveryMs };
  const logs = new Map<ServerEntry, RoundLog>(taking.map((server) => [server, { rounds: [], broken: [] }]));
  for (let run = 0; run < options.runs; run++) {
    // Every second time in the opposite order: whoever runs after whom changes too.
    const order = run % 2 === 0 ? taking : taking.toReversed();
    for (const server of order) {
      if (server.missing !== undefined) continue;
      const log = logs.get(server);
      try {
        const round = await playRound({ server, scenario, protocol, clip, program, ...timing });
        log?.rounds.push(round);
        const verdict = round.faults.length > 0 ? `  INVALID: ${round.faults.join('; ')}` : '';
        progress(
          `${scenario.name} ${protocol ?? ''} ${run + 1}/${options.runs} ${server.name}`,
          round.cpuPerGb,
          verdict,
        );
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log?.broken.push(message);
        progress(
          `${scenario.name} ${protocol ?? ''} ${run + 1}/${options.runs} ${server.name}`,
          null,
          `  ${message}`,
        );
      }
    }
  }
  return summarise(scenario, protocol, taking, logs);
}

function timingOf(options: Options): { runs: number; seconds: number; readEveryMs: number } {
  return { runs: options.runs, seconds: options.seconds, readEveryMs: options.readEveryMs };
}

function readOptions(argv: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scenario: { type: 'string', multiple: true },
      protocol: { type: 'string' },
      server: { type: 'string', multiple: true },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      viewers: { type: 'string' },
      'read-every': { type: 'string' },
      generator: { type: 'string' },
      config: { type: 'string' },
      srs: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || values.list) {
    console.log(USAGE);
    for (const one of scenarios) console.log(`  ${one.name.padEnd(14)} ${one.about}`);
    return null;
  }
  const names = values.scenario?.flatMap((one) => one.split(','));
  const unknown = names?.find((name) => !scenarios.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`--scenario ${unknown}: there is no such scenario; see --list`);
  const chosen = scenarios.filter((one) => !names || names.includes(one.name));
  const viewers = values.viewers === undefined ? null : readCount('--viewers', values.viewers);
  return {
    scenarios: viewers === null ? chosen : chosen.map((one) => ({ ...one, viewers })),
    protocols: values.protocol === undefined ? ['rtmp', 'flv'] : [readProtocol(values.protocol)],
    servers: values.server?.flatMap((one) => one.split(',')) ?? null,
    runs: readCount('--runs', values.runs ?? (values.quick ? '1' : '5')),
    seconds: readCount('--seconds', values.seconds ?? (values.quick ? '5' : '15')),
    readEveryMs: values['read-every'] === '0' ? 0 : readCount('--read-every', values['read-every'] ?? '20'),
    generator: values.generator === 'node' ? 'node' : 'c',
    config: JSON.parse(values.config ?? '{}') as Record<string, unknown>,
    srs: values.srs === undefined ? undefined : resolve(values.srs),
    json: values.json === undefined ? undefined : resolve(values.json),
  };
}

function readCount(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${option} ${text}: a whole number above 0 is needed`);
  return value;
}

function readProtocol(text: string): ViewerProtocol {
  if (text === 'rtmp' || text === 'flv') return text;
  throw new Error(`--protocol ${text}: it is rtmp or flv`);
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
    '',
  ].join('\n');
}

function progress(what: string, cpuPerGb: number | null, verdict: string): void {
  process.stderr.write(
    `${what}: ${cpuPerGb === null ? 'broke off' : `${cpuPerGb.toFixed(3)} s/GB`}${verdict}\n`,
  );
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
