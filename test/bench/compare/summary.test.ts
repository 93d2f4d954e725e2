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
  return { faults, seconds: 5, megabytes: 10, ...cpu, ...memory, ...times, ...health };
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
