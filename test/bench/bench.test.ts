// Parts of the benchmark that could be wrong without anybody noticing: what is published, what is read from
// /proc, and which rounds are let through.

import { describe, expect, it } from 'vitest';
import { buildPackage, packMessages } from '../../bench/clip.ts';
import type { LoadFigures } from '../../bench/load.ts';
import { parseProcessStat } from '../../bench/process-tree.ts';
import { alignTable, formatScenario, summarise } from '../../bench/report.ts';
import { findFaults, medianOf, type RoundFigures } from '../../bench/round.ts';
import { fanOut, scenarios } from '../../bench/scenarios.ts';
import type { ServerEntry } from '../../bench/servers.ts';

const flvHeader = Buffer.from('464c56010500000009' + '00000000', 'hex');

function tag(type: number, timestamp: number, body: string): Buffer {
  const bytes = Buffer.from(body, 'hex');
  const head = Buffer.alloc(11);
  head.writeUInt8(type, 0);
  head.writeUIntBE(bytes.length, 1, 3);
  head.writeUIntBE(timestamp & 0xffffff, 4, 3);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(11 + bytes.length);
  return Buffer.concat([head, bytes, tail]);
}

describe('the clip', () => {
  it('gives every video frame an SEI of its own with room for the send time, and leaves all else as it was', () => {
    const flv = Buffer.concat([
      flvHeader,
      tag(9, 0, '1700000000' + '0142c01e'),
      tag(9, 0, '1701000000' + '00000002' + '6588'),
      tag(8, 21, 'af01' + 'cafe'),
    ]);
    const [header, frame, audio] = packMessages(flv, 1000);
    expect(header?.payload.toString('hex')).toBe('17000000000142c01e');
    expect(header?.once).toBe(true);
    const sei =
      '0000002c' + '060528' + Buffer.from(`livego-bench-ts.${'0'.repeat(24)}`).toString('hex') + '80';
    expect(frame?.payload.toString('hex')).toBe(`1701000000${sei}000000026588`);
    expect(frame?.markOffset).toBe(28);
    expect(frame?.once).toBe(false);
    expect(audio?.payload.toString('hex')).toBe('af01cafe');
  });

  it('publishes its metadata as @setDataFrame, once', () => {
    const flv = Buffer.concat([flvHeader, tag(18, 0, '02000a6f6e4d65746144617461' + '05')]);
    const [metadata] = packMessages(flv, 1000);
    expect(metadata?.payload.toString('latin1')).toBe('\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x05');
    expect(metadata?.once).toBe(true);
  });

  it('leaves out what would overlap the next turn of the loop, and the end of the sequence', () => {
    const flv = Buffer.concat([
      flvHeader,
      tag(8, 999, 'af0101'),
      tag(9, 999, '1702000000'),
      tag(8, 1000, 'af0102'),
    ]);
    expect(packMessages(flv, 1000).map((message) => message.payload.toString('hex'))).toEqual(['af0101']);
  });

  it('is packed as the load generator reads it', () => {
    const flv = Buffer.concat([flvHeader, tag(8, 21, 'af01cafe')]);
    const bytes = buildPackage(packMessages(flv, 1000), 1000);
    expect(bytes.toString('hex')).toBe(
      '4c474243' + '00000001' + '000003e8' + '00000015' + '08' + '00' + '0000' + '00000004' + 'af01cafe',
    );
  });
});

describe('a process in /proc', () => {
  it('is read right although its name holds spaces and parentheses', () => {
    const stat =
      '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 11 0 1000 5000000 1234 184467';
    expect(parseProcessStat(stat)).toEqual({
      pid: 42,
      parent: 7,
      userTicks: 150,
      systemTicks: 25,
      rssPages: 1234,
    });
  });
});

describe('a round', () => {
  const scenario = scenarios.find((one) => one.name === 'stalled');
  const clip = { flv: '', path: '', durationMs: 60_000, bytesPerSecond: 150_000, messagesPerSecond: 77 };
  const good: LoadFigures = {
    event: 'report',
    seconds: 10,
    loadCpuSeconds: 2,
    bytes: 600_000_000,
    published: 1_500_000,
    publishers: 1,
    publisherLateMs: 1,
    playing: 400,
    closed: 0,
    stalled: 100,
    stalledClosed: 100,
    joined: 400,
    pictures: 400,
    probes: { lost: 0, backwards: 0, video: 3000, audio: 4690 },
    completeness: { viewers: 400, min: 1, mean: 1.01, max: 1.02, short: 0, long: 0 },
    delayMs: null,
    firstMediaMs: null,
    firstPictureMs: null,
  };

  it('counts when every healthy viewer got everything, whatever became of the stalled ones', () => {
    expect(findFaults({ scenario: scenario!, clip }, good)).toEqual([]);
  });

  it('counts although its window has a keyframe more than its share, which weighs in a short one', () => {
    const short = { ...good, seconds: 5, published: 150_000 * 5 * 1.064 };
    expect(findFaults({ scenario: scenario!, clip }, short)).toEqual([]);
    expect(findFaults({ scenario: scenario!, clip }, { ...good, published: 1_500_000 * 1.064 })).toEqual([
      'published 106.4 % of what real time asks for',
    ]);
  });

  it('does not count, and says why, when the server lost something or the load was not what it should be', () => {
    const bad: LoadFigures = {
      ...good,
      published: 1_200_000,
      playing: 398,
      loadCpuSeconds: 9.5,
      probes: { ...good.probes, lost: 3 },
      completeness: { ...good.completeness, short: 2, min: 0.4 },
    };
    expect(findFaults({ scenario: scenario!, clip }, bad)).toEqual([
      'published 80.0 % of what real time asks for',
      '2 healthy viewers are not playing',
      '2 of 400 viewers got too little (down to 40.0 %)',
      '3 messages lost on the way to the probes',
      'the load generator itself used 95.0 % of a core',
    ]);
  });
});

describe('the figures', () => {
  it('are medians: of two middle values their mean', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([])).toBeNaN();
  });

  it('of a server without a valid round are marked, and nothing is divided by them', () => {
    const entry = (name: string, role: ServerEntry['role']): ServerEntry => {
      return {
        name,
        about: '',
        role,
        protocols: ['rtmp'],
        prepare: () => ({ command: '', args: [], cwd: '' }),
      };
    };
    const round = (cpuPerGb: number, faults: string[]): RoundFigures => {
      const [count, low, spread] = [0, 0, null];
      const completeness = { viewers: count, min: low, mean: low, max: low, short: count, long: count };
      const memory = { rssBefore: 1, rssWith: 2, kilobytesPerClient: 3 };
      const times = { delayMs: spread, firstMediaMs: spread, firstPictureMs: spread };
      const health = { lost: count, backwards: count, stalledClosed: count, loadCpuShare: low, completeness };
      const cpu = { cpuPerGb, userPerGb: 1, systemPerGb: 1, cpuShare: 0.5, perCore: 900 };
      return { faults, seconds: 5, megabytes: 10, ...cpu, ...memory, ...times, ...health };
    };
    const [own, good, bad] = [entry('livego', 'livego'), entry('good', 'peer'), entry('bad', 'peer')];
    const result = summarise(
      fanOut(500),
      'rtmp',
      [own, good, bad],
      new Map([
        [own, { rounds: [round(1, [])], broken: [] }],
        [good, { rounds: [round(9, ['3 messages lost']), round(4, [])], broken: [] }],
        [bad, { rounds: [round(5, ['300 viewers never got a picture'])], broken: [] }],
      ]),
    );
    expect(result.servers.map(({ ratios }) => ratios)).toEqual([{}, { livego: 0.25 }, {}]);
    const table = formatScenario(result);
    expect(table).toMatch(/^\| good +\| +4\.000 .*\| 1 of 2 \|$/m);
    expect(table).toMatch(/^\| bad \(does not count\) +\| +5\.000 .*\| 0 of 1 \|$/m);
    expect(table).toContain('- bad: 300 viewers never got a picture');
  });

  it('stand in a table whose columns line up, and a remark in place of figures widens none of them', () => {
    const rows = [
      ['server', 'CPU', 'MB'],
      ['a', '1.000', '12'],
      ['b', 'it could not be installed', ''],
    ];
    expect(alignTable(rows)).toEqual([
      '| server |   CPU |  MB |',
      '| ------ | ----: | --: |',
      '| a      | 1.000 |  12 |',
      '| b      | it could not be installed |     |',
    ]);
  });
});
