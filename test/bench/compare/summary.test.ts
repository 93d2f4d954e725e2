// From rounds to the table of a scenario.

import { expect, test } from 'vitest';
import { formatScenario } from '../../../bench/compare/scenario-table.ts';
import { summarise } from '../../../bench/compare/summary.ts';
import type { RoundFigures } from '../../../bench/rounds/round.ts';
import { fanOut } from '../../../bench/rounds/scenarios.ts';
import type { ServerEntry } from '../../../bench/servers/server-entry.ts';

function entry(name: string, role: ServerEntry['role']): ServerEntry {
  const prepare = () => ({ command: '', args: [], cwd: '' });
  return { name, about: '', role, protocols: ['rtmp'], prepare };
}

function round(cpuPerGb: number, faults: string[]): RoundFigures {
  const [count, low, spread] = [0, 0, null];
  const completeness = { viewers: count, min: low, mean: low, max: low, short: count, long: count };
  const memory = { rssBefore: 1, rssWith: 2, kilobytesPerClient: 3 };
  const times = { delayMs: spread, firstMediaMs: spread, firstPictureMs: spread };
  const health = { lost: count, backwards: count, stalledClosed: count, loadCpuShare: low, completeness };
  const cpu = { cpuPerGb, userPerGb: 1, systemPerGb: 1, cpuShare: 0.5, perCore: 900 };
  const processes = [{ rss: 1, sockets: 1 }];
  return { faults, seconds: 5, megabytes: 10, ...cpu, ...memory, ...times, ...health, processes };
}

test('a server without a valid round is marked, and nothing is divided by its figures', () => {
  const [own, good, bad] = [entry('livego', 'livego'), entry('good', 'peer'), entry('bad', 'peer')];
  const logs = new Map([
    [own, { rounds: [round(1, [])], broken: [] }],
    [good, { rounds: [round(9, ['3 messages lost']), round(4, [])], broken: [] }],
    [bad, { rounds: [round(5, ['300 viewers never got a picture'])], broken: [] }],
  ]);
  const result = summarise(fanOut(500), 'rtmp', [own, good, bad], logs);
  expect(result.servers.map(({ ratios }) => ratios)).toEqual([{}, { livego: 0.25 }, {}]);
  const table = formatScenario(result);
  expect(table).toMatch(/^\| good +\| +4\.000 .*\| 1 of 2 \|$/m);
  expect(table).toMatch(/^\| bad \(does not count\) +\| +5\.000 .*\| 0 of 1 \|$/m);
  expect(table).toContain('- bad: 300 viewers never got a picture');
});

test('of a server with several processes the memory and the sockets of each are told', () => {
  const [one, two] = [entry('livego', 'livego'), entry('livego-2-workers', 'livego')];
  const processes = [
    { rss: 85e6, sockets: 12 },
    { rss: 110e6, sockets: 505 },
    { rss: 111e6, sockets: 504 },
  ];
  const logs = new Map([
    [one, { rounds: [round(1, [])], broken: [] }],
    [two, { rounds: [{ ...round(1.25, []), processes }], broken: [] }],
  ]);
  const result = summarise(fanOut(1000), 'rtmp', [one, two], logs);
  expect(result.servers.map(({ ratios }) => ratios)).toEqual([{ 'livego-2-workers': 1.25 }, { livego: 0.8 }]);
  expect(formatScenario(result)).toContain(
    '- livego-2-workers: its first process and the others at the end of the last round: 85 MB with 12 sockets, 110 MB with 505 sockets, 111 MB with 504 sockets',
  );
});
