// From the command line to the plan: the rounds, their servers, and the time they take.

import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bench/command/options.ts';
import { chooseServers, plannedRounds, secondsNeeded, serversFor } from '../../../bench/command/plan.ts';
import { describeDuration } from '../../../bench/rounds/timing.ts';
import type { ServerEntry } from '../../../bench/servers/server-entry.ts';

function server(name: string, extra: Partial<ServerEntry> = {}): ServerEntry {
  const prepare = () => ({ command: '', args: [], cwd: '' });
  return { name, about: '', role: 'peer', protocols: ['rtmp', 'flv'], prepare, ...extra };
}

const servers = [
  server('livego', { role: 'livego' }),
  server('livego-unmerged', { role: 'livego', scenarios: ['fanout-500'] }),
  server('nginx-rtmp', { protocols: ['rtmp'] }),
  server('srs', { missing: 'give its binary' }),
  server('node-floor', { protocols: ['rtmp'], scenarios: [] }),
];

function namesOf(chosen: readonly ServerEntry[]): string[] {
  return chosen.map(({ name }) => name);
}

describe('the scenarios', () => {
  it('are all of them, by each protocol, unless some are named', () => {
    const all = plannedRounds(readOptions([])).map(
      ({ scenario, protocol }) => `${scenario.name} ${protocol}`,
    );
    expect(all).toContain('fanout-500 rtmp');
    expect(all).toContain('fanout-2000 flv');
    expect(all).toContain('ingest null');
    const some = readOptions(['--scenario', 'latency-10,fanout-500', '--protocol', 'flv', '--viewers', '30']);
    expect(
      plannedRounds(some).map(({ scenario, protocol }) => [scenario.name, scenario.viewers, protocol]),
    ).toEqual([
      ['fanout-500', 30, 'flv'],
      ['latency-10', 30, 'flv'],
    ]);
  });
});

describe('an option that makes no sense', () => {
  it.each([
    [['--scenario', 'fanout'], '--scenario fanout: there is no such scenario; see --list'],
    [['--runs', '0'], '--runs 0: a whole number above 0 is needed'],
    [['--protocol', 'hls'], '--protocol hls: it is rtmp or flv'],
    [['--steps', '1,2'], '--steps: it goes with --sweep only'],
    [['--sweep', '--viewers', '3'], '--viewers: it does not go with --sweep'],
    [['--sweep', '--settle', '3'], '--settle: it does not go with --sweep'],
    [
      ['--sweep', '--steps', '1,5,5'],
      '--steps 1,5,5: two or more numbers are needed, each above the one before',
    ],
    [['--sweep', '--steps', '7'], '--steps 7: two or more numbers are needed, each above the one before'],
    [['--sweep', '--steps', '1,x'], '--steps x: a whole number above 0 is needed'],
  ])('is rejected and named: %j', (argv, message) => {
    expect(() => readOptions(argv)).toThrow(message);
  });
});

describe('a sweep', () => {
  it('measures livego with and without merging, by RTMP, in rising steps, once, unless told otherwise', () => {
    const options = readOptions(['--sweep']);
    expect(options.sweep?.steps).toEqual(options.sweep?.steps.toSorted((a, b) => a - b));
    expect([options.sweep?.steps[0], options.sweep?.steps.at(-1)]).toEqual([1, 2000]);
    expect([options.runs, options.seconds]).toEqual([1, 8]);
    expect(namesOf(chooseServers(servers, options))).toEqual(['livego', 'livego-unmerged']);
    expect(readOptions(['--sweep', '--steps', '1,5,10']).sweep?.steps).toEqual([1, 5, 10]);
  });
});

describe('the servers', () => {
  it('that run on request only are left out until they are named', () => {
    expect(namesOf(chooseServers(servers, readOptions([])))).not.toContain('node-floor');
    const asked = readOptions(['--server', 'livego,node-floor']);
    expect(namesOf(chooseServers(servers, asked))).toEqual(['livego', 'node-floor']);
    const [latency] = plannedRounds({ ...asked, scenarios: readOptions([]).scenarios.slice(-1) });
    expect(namesOf(serversFor(latency!, servers, asked))).toContain('node-floor');
  });

  it('of a round are those that speak its protocol and take part in its scenario', () => {
    const options = readOptions(['--scenario', 'fanout-500,latency-10']);
    const taking = plannedRounds(options).map((round) => namesOf(serversFor(round, servers, options)));
    expect(taking).toEqual([
      ['livego', 'livego-unmerged', 'nginx-rtmp', 'srs'],
      ['livego', 'livego-unmerged', 'srs'],
      ['livego', 'nginx-rtmp', 'srs'],
      ['livego', 'srs'],
    ]);
  });

  it('of a scenario about workers are one process and two workers, unless others are asked for', () => {
    const more = [...servers, server('livego-2-workers', { role: 'livego', scenarios: ['workers-fanout'] })];
    const options = readOptions(['--scenario', 'workers-fanout,fanout-500', '--protocol', 'flv']);
    const taking = plannedRounds(options).map((round) => namesOf(serversFor(round, more, options)));
    expect(taking).toEqual([
      ['livego', 'livego-unmerged', 'srs'],
      ['livego', 'livego-2-workers'],
    ]);
    const asked = readOptions(['--scenario', 'workers-fanout', '--protocol', 'flv', '--server', 'srs']);
    const [round] = plannedRounds(asked);
    expect(namesOf(serversFor(round!, chooseServers(more, asked), asked))).toEqual(['srs']);
  });

  it('are not chosen by an unknown name', () => {
    const options = readOptions(['--server', 'livego,ngnix']);
    expect(() => chooseServers(servers, options)).toThrow('--server ngnix: there is no such server');
  });
});

describe('the time needed', () => {
  it('is that of all rounds of the servers present: start, settling, joining and window', () => {
    const options = readOptions(['--scenario', 'fanout-500', '--protocol', 'rtmp', '--runs', '2']);
    // Three servers are present, twice each: 2 s around, 3 s before 500 viewers join at 200 a second, 15 s after, 15 s.
    const present = servers.filter(({ scenarios }) => scenarios?.length !== 0);
    expect(secondsNeeded(present, options)).toBe(2 * 3 * (2 + 3 + 2.5 + 15 + 15));
  });

  it('of a sweep is that of its steps', () => {
    const options = readOptions(['--sweep', '--steps', '10,200', '--seconds', '4', '--server', 'livego']);
    expect(secondsNeeded(servers.slice(0, 1), options)).toBe(2 + 3 + 1 + 2 * (3 + 4));
  });

  it('is written in seconds or minutes', () => {
    expect(describeDuration(34.2)).toBe('about 35 seconds');
    expect(describeDuration(5160)).toBe('about 86 minutes');
  });
});
