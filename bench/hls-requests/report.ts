// The medians of all rounds, each beside those of the bare server.

import { medianOf } from '../rounds/median.ts';
import { alignTable } from '../rounds/table.ts';
import type { Polled } from './poll.ts';

export interface Measured extends Polled {
  readonly case: string;
  readonly server: string;
}

const BARE = 'bare node:http';

const HEAD = [
  'request',
  'server',
  'requests/s',
  '÷ bare',
  'µs CPU each',
  'bare ÷ it',
  'MB/s',
  'client core %',
];

export function reportOf(all: readonly Measured[]): string {
  const rows = [...new Set(all.map((each) => each.case))].flatMap((name) => {
    const ofCase = all.filter((each) => each.case === name);
    const bare = figuresOf(ofCase.filter(({ server }) => server === BARE));
    return [...new Set(ofCase.map(({ server }) => server))].map((server) => {
      const of = figuresOf(ofCase.filter((each) => each.server === server));
      const ratios = { rate: of.rate / bare.rate, cost: bare.cost / of.cost };
      return [
        name,
        server,
        of.rate.toFixed(0),
        ratios.rate.toFixed(2),
        of.cost.toFixed(1),
        ratios.cost.toFixed(2),
        of.megabytes.toFixed(0),
        of.client.toFixed(0),
      ];
    });
  });
  return `${alignTable([HEAD, ...rows]).join('\n')}\n`;
}

function figuresOf(rounds: readonly Measured[]) {
  const median = (read: (round: Measured) => number): number => medianOf(rounds.map(read));
  return {
    rate: median(({ responses, seconds }) => responses / seconds),
    cost: median(({ responses, serverCpuSeconds }) => (serverCpuSeconds / responses) * 1e6),
    megabytes: median(({ bytes, seconds }) => bytes / seconds / 1e6),
    client: median(({ clientCpuSeconds, seconds }) => (clientCpuSeconds / seconds) * 100),
  };
}
