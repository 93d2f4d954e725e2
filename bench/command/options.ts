// The benchmark's command line.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ViewerProtocol } from '../load/load.ts';
import { scenarios, type Scenario } from '../rounds/scenarios.ts';

export const USAGE = `npm run bench -- [options]

  --scenario NAME[,NAME]   ${scenarios.map((one) => one.name).join(', ')} (default: all)
  --protocol rtmp|flv      only this one
  --server NAME[,NAME]     livego, livego-unmerged, nginx-rtmp, node-media-server, srs, srs-low-latency, and on
                           request only: node-floor, node-floor-merged
  --runs N                 repetitions, of which the median counts (default 5; with --sweep 1)
  --seconds N              length of the measured window (default 15; with --sweep 8)
  --settle N               seconds before the window, in which a compiler at run time does most of its work
                           (default 15; with --quick 3; not with --sweep)
  --viewers N              this number instead of the scenario's
  --read-every MS          how often a viewer reads (default 20; 0: at once)
  --generator node         the load generator in Node even where there is a C compiler
  --config JSON            more options for livego, e.g. '{"mergeWriteMs": 100}'
  --srs PATH               an SRS binary, to include SRS
  --json FILE              write every single round into this file, as JSON
  --quick                  one run, windows of 5 s
  --sweep                  instead of the scenarios: delay and CPU while the number of viewers of one stream grows, for
                           livego and livego-unmerged, into docs/fan-out.md and docs/images/adaptive-merging.svg
  --steps N,N[,N]          with --sweep: the numbers of viewers (default 1 to 2000 in 13 steps)
  --docs FOLDER            with --sweep: write into this copy of docs/
  --list                   show the scenarios and options, and how long the given choice would take
`;

/** Close together where the window of "auto" starts to grow and where it reaches its maximum. */
const SWEEP_STEPS = [1, 10, 25, 50, 100, 150, 250, 350, 500, 750, 1000, 1500, 2000];

export interface Options {
  readonly task: 'compare' | 'sweep' | 'help' | 'list';
  /** null: no sweep. */
  readonly sweep: SweepOptions | null;
  readonly scenarios: readonly Scenario[];
  readonly protocols: readonly ViewerProtocol[];
  /** null: those that take part by default. */
  readonly servers: readonly string[] | null;
  readonly runs: number;
  /** Before the window, in seconds. */
  readonly settle: number;
  readonly seconds: number;
  readonly readEveryMs: number;
  readonly generator: 'c' | 'node';
  readonly config: Record<string, unknown>;
  readonly srs: string | undefined;
  readonly json: string | undefined;
}

export interface SweepOptions {
  /** All viewers together at each step, rising. */
  readonly steps: readonly number[];
  /** null: the project's own folder. */
  readonly docs: string | null;
}

/** Throws for a value that makes no sense, naming the option. */
export function readOptions(argv: readonly string[]): Options {
  const values = parseValues(argv);
  const sweep = readSweep(values);
  const [runs, seconds] = values.quick ? ['1', '5'] : sweep ? ['1', '8'] : ['5', '15'];
  return {
    task: values.help ? 'help' : values.list ? 'list' : sweep ? 'sweep' : 'compare',
    sweep,
    scenarios: readScenarios(values.scenario, values.viewers),
    protocols: values.protocol === undefined ? ['rtmp', 'flv'] : [readProtocol(values.protocol)],
    servers: values.server?.flatMap((one) => one.split(',')) ?? null,
    runs: readCount('--runs', values.runs ?? runs),
    settle: readCount('--settle', values.settle ?? (values.quick ? '3' : '15')),
    seconds: readCount('--seconds', values.seconds ?? seconds),
    readEveryMs: values['read-every'] === '0' ? 0 : readCount('--read-every', values['read-every'] ?? '20'),
    generator: values.generator === 'node' ? 'node' : 'c',
    config: JSON.parse(values.config ?? '{}') as Record<string, unknown>,
    srs: values.srs === undefined ? undefined : resolve(values.srs),
    json: values.json === undefined ? undefined : resolve(values.json),
  };
}

function parseValues(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      scenario: { type: 'string', multiple: true },
      protocol: { type: 'string' },
      server: { type: 'string', multiple: true },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      settle: { type: 'string' },
      viewers: { type: 'string' },
      'read-every': { type: 'string' },
      generator: { type: 'string' },
      config: { type: 'string' },
      srs: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      sweep: { type: 'boolean', default: false },
      steps: { type: 'string' },
      docs: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function readSweep(values: ReturnType<typeof parseValues>): SweepOptions | null {
  if (!values.sweep) {
    for (const name of ['steps', 'docs'] as const) {
      if (values[name] !== undefined) throw new Error(`--${name}: it goes with --sweep only`);
    }
    return null;
  }
  for (const name of ['scenario', 'viewers', 'settle'] as const) {
    if (values[name] !== undefined) throw new Error(`--${name}: it does not go with --sweep`);
  }
  return {
    steps: values.steps === undefined ? SWEEP_STEPS : readSteps(values.steps),
    docs: values.docs === undefined ? null : resolve(values.docs),
  };
}

function readSteps(text: string): number[] {
  const steps = text.split(',').map((one) => readCount('--steps', one));
  if (steps.length < 2 || steps.some((step, index) => step <= (steps[index - 1] ?? 0))) {
    throw new Error(`--steps ${text}: two or more numbers are needed, each above the one before`);
  }
  return steps;
}

function readScenarios(given: readonly string[] | undefined, viewersText: string | undefined): Scenario[] {
  const names = given?.flatMap((one) => one.split(','));
  const unknown = names?.find((name) => !scenarios.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`--scenario ${unknown}: there is no such scenario; see --list`);
  const chosen = scenarios.filter((one) => !names || names.includes(one.name));
  if (viewersText === undefined) return chosen;
  const viewers = readCount('--viewers', viewersText);
  return chosen.map((one) => ({ ...one, viewers }));
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
