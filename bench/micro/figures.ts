// The cost of showing a server with 1,000 sessions: the CPU time of one request, without a socket, and how much of it the
// event loop spends in one turn. On a machine that other work shares, CPU time is steadier than the time on the clock.

import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Denial } from '../../livego/index.ts';
import api from '../../plugins/api/index.ts';
import stat from '../../plugins/stat/index.ts';
import { samplePackets } from '../../testing/sample-packets.ts';
import { startTestServer, type TestServer } from '../../testing/test-server.ts';
import { medianOf } from '../rounds/median.ts';

const ROUNDS = 15;
const REQUESTS_PER_ROUND = 5;
/** The first requests compile what the later ones use. */
const WARM_UP = 5;
const SESSIONS = 1000;

const REQUESTS = [
  ['stat.port', '/metrics'],
  ['stat.port', '/stat/livestat'],
  ['stat.port', '/stat?format=xml'],
  ['api.port', '/api/v1/streams?limit=1000'],
  ['api.port', '/api/v1/sessions'],
  ['api.port', '/api/v1/sessions?limit=1000'],
] as const;

/** @param argv the number of streams; default: 10 and 500 */
export async function main(argv: readonly string[]): Promise<void> {
  const counts = argv.length > 0 ? argv.map(Number) : [10, 500];
  for (const streams of counts) {
    const folder = mkdtempSync(join(tmpdir(), 'livego-figures-'));
    const server = await startServer(folder, streams);
    console.log(
      `${streams} streams, ${SESSIONS - streams} viewers: ms of CPU time for one request and of its longest turn, medians of ${ROUNDS}`,
    );
    for (const [option, url] of REQUESTS) {
      const costs: number[] = [];
      const turns: number[] = [];
      for (let round = 0; round < ROUNDS + WARM_UP; round++) {
        const before = cpuMs();
        for (let request = 0; request < REQUESTS_PER_ROUND; request++) await ask(server, option, url);
        const cost = (cpuMs() - before) / REQUESTS_PER_ROUND;
        const longest = await longestTurnMs(() => ask(server, option, url));
        if (round < WARM_UP) continue;
        costs.push(cost);
        turns.push(longest);
      }
      const [cost, turn] = [medianOf(costs), medianOf(turns)].map((each) => each.toFixed(2).padStart(8));
      console.log(`${url.padEnd(30)} ${cost} ${turn}`);
    }
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The CPU time of the longest turn of the event loop while something is done. */
async function longestTurnMs(work: () => Promise<void>): Promise<number> {
  let isDone = false;
  let longest = 0;
  let last = cpuMs();
  const turn = (): void => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isDone = true;
  turn();
  return longest;
}

/** Of the whole process, collection of garbage included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function ask(server: TestServer, option: string, url: string): Promise<void> {
  const { statusCode } = await server.inject(option, { url });
  if (statusCode !== 200) throw new Error(`${url}: ${statusCode}`);
}

async function startServer(folder: string, streams: number): Promise<TestServer> {
  const port = '127.0.0.1:0';
  const config = {
    stat: { port, maxStreamMetrics: 200 },
    api: { port, stateFile: join(folder, 'state.json') },
  };
  const server = await startTestServer({ plugins: [api, stat], config });
  for (let index = 0; index < streams; index++) {
    const publisher = await server.publish(`live/${index}`);
    if (publisher instanceof Denial) throw new Error(publisher.reason);
    publisher.send(...samplePackets({ frames: 10 }));
  }
  for (let index = 0; index < SESSIONS - streams; index++) await server.play(`live/${index % streams}`);
  return server;
}
