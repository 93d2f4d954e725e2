// The scenarios: each is one load, put on every server in turn.

import type { ViewerProtocol } from '../load/load.ts';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly publishers: number;
  /** Publishers start spread over this time, so that their keyframes do not coincide. */
  readonly spreadMs: number;
  /** All viewers together, assigned to the streams in turn. */
  readonly viewers: number;
  /** Viewers that join inside the window, all within a second. */
  readonly storm: number;
  /** The number of viewers that stop reading after their first frame. */
  readonly stalled: number;
  /** The number of viewers that check every message and read its send time. */
  readonly probes: number;
  /** `[]`: publishers only. */
  readonly protocols: readonly ViewerProtocol[];
  /** The servers that take part unless others are asked for. Default: all. */
  readonly servers?: readonly string[];
}

const STEADY = { publishers: 1, spreadMs: 0, storm: 0, stalled: 0, probes: 5 } as const;
const BOTH = ['rtmp', 'flv'] as const;

/** One process, and two that share the ports and the streams. */
const WORKERS = { protocols: BOTH, servers: ['livego', 'livego-2-workers'] } as const;

/** One stream and this many viewers, all of whom keep up. */
export function fanOut(viewers: number): Scenario {
  return {
    ...STEADY,
    name: `fanout-${viewers}`,
    about: `one stream, ${viewers.toLocaleString('en')} viewers`,
    viewers,
    protocols: BOTH,
  };
}

export const scenarios: readonly Scenario[] = [
  fanOut(500),
  fanOut(2000),
  {
    ...STEADY,
    name: 'many-streams',
    about: '100 streams with 10 viewers each',
    publishers: 100,
    spreadMs: 2000,
    viewers: 1000,
    probes: 20,
    protocols: BOTH,
  },
  {
    ...STEADY,
    name: 'ingest',
    about: '500 publishers without viewers',
    publishers: 500,
    spreadMs: 2000,
    viewers: 0,
    probes: 0,
    protocols: [],
  },
  {
    ...STEADY,
    name: 'join-storm',
    about: '500 viewers join a live stream within a second, beside 10 present ones',
    viewers: 10,
    storm: 500,
    protocols: BOTH,
  },
  {
    ...STEADY,
    name: 'stalled',
    about: 'one stream, 500 viewers, 100 of whom stop reading',
    viewers: 500,
    stalled: 100,
    probes: 10,
    protocols: BOTH,
  },
  {
    ...STEADY,
    name: 'latency-10',
    about: 'one stream, 10 viewers: the delay that the server adds',
    viewers: 10,
    probes: 10,
    protocols: BOTH,
  },
  {
    ...STEADY,
    ...WORKERS,
    name: 'workers-fanout',
    about: 'one stream, 1,000 viewers, in one process and in two workers',
    viewers: 1000,
  },
  {
    ...STEADY,
    ...WORKERS,
    name: 'workers-streams',
    about: '101 streams with 10 viewers each, in one process and spread over two workers',
    // An odd number: workers and streams get connections in turn, so else all viewers of a stream reached the same worker.
    publishers: 101,
    spreadMs: 2000,
    viewers: 1010,
    probes: 20,
  },
  {
    ...STEADY,
    ...WORKERS,
    name: 'workers-delay',
    about: 'one stream, 10 viewers: the delay that the link between two workers adds',
    viewers: 10,
    probes: 10,
  },
  {
    ...STEADY,
    ...WORKERS,
    name: 'workers-joins',
    about: '2,000 viewers join a live stream within a second, beside 10 present ones',
    viewers: 10,
    storm: 2000,
  },
];
