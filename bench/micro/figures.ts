// The cost of showing a server with 1,000 sessions: the CPU time of one request, without a socket. The event loop is
// held for no longer. On a machine that other work shares, this is steadier than the time on the clock.

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
      `${streams} streams, ${SESSIONS - streams} viewers: ms of CPU time for one request, median of ${ROUNDS}`,
    );
    for (const [option, url] of REQUESTS) {
      const costs: number[] = [];
      for (let round = 0; round < ROUNDS + WARM_UP; round++) {
        const before = process.cpuUsage();
        for (let request = 0; request < REQUESTS_PER_ROUND; request++) await ask(server, option, url);
        const { user, system } = process.cpuUsage(before);
        if (round >= WARM_UP) costs.push((user + system) / 1000 / REQUESTS_PER_ROUND);
      }
      console.log(`${url.padEnd(30)} ${medianOf(costs).toFixed(2).padStart(8)}`);
    }
    await server.stop();
    rmSync(folder, { recursive: true });
  }
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
