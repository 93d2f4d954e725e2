// What a long attack costs the server: the longest time that its event loop was held, on the clock and on a processor, and
// memory before, meanwhile, and a minute after.
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { waitForEvent } from '../../helpers/net.ts';
import type { ServerProcess } from './server-process.ts';
import { LONG, PATIENCE_MS } from './size.ts';

/** Of servers whose API wants one. */
export const ACCESS_TOKEN = 'a-token-of-the-attack-kit';

/** Memory has to be back after this. */
const REST_MS = 60_000;

/** Attacks, and writes down what it costs. */
export async function costOf(server: ServerProcess, attack: string, run: () => Promise<void>): Promise<void> {
  const lines = server.log.length;
  await longestHold(server);
  await evaluate(server, 'takeLongestTurnMs()');
  forgetPeak(server);
  const begun = performance.now();
  await run();
  const seconds = (performance.now() - begun) / 1000;
  const longestHoldMs = await longestHold(server);
  const longestTurnMs = await evaluate(server, 'takeLongestTurnMs()');
  const peakMib = server.memoryMib('VmHWM');
  write({ attack, seconds, longestHoldMs, longestTurnMs, peakMib, logLines: server.log.length - lines });
}

/** The memory of a server before attacks, to be compared with that of a minute after. */
export class Memory {
  readonly #server: ServerProcess;
  readonly #residentMib: number;
  readonly #keptMib: number;

  private constructor(server: ServerProcess, keptMib: number) {
    this.#server = server;
    this.#residentMib = server.memoryMib('VmRSS');
    this.#keptMib = keptMib;
  }

  static async before(server: ServerProcess): Promise<Memory | undefined> {
    return LONG ? new Memory(server, await keptMib(server)) : undefined;
  }

  async after(attacks: string): Promise<void> {
    await rest();
    const resident = [this.#residentMib, this.#server.memoryMib('VmRSS')];
    const kept = [this.#keptMib, await keptMib(this.#server)];
    write({ attacks, resident, kept });
  }
}

/** What times out after an attack has done so, and limits for each minute begin anew. */
export async function rest(): Promise<void> {
  await sleep(REST_MS);
}

/** Since it was last asked for, as the statistics tell it. */
async function longestHold(server: ServerProcess): Promise<number> {
  const headers = { authorization: `Bearer ${ACCESS_TOKEN}` };
  // Behind thousands of requests that an attack has left it takes its time.
  const url = `http://127.0.0.1:${server.port('stat.port')}/stat`;
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const { server: figures } = (await response.json()) as { server: { eventLoop: { maxDelayMs: number } } };
  return figures.eventLoop.maxDelayMs;
}

/** What is left when the server's garbage has been collected: its heap, and buffers outside of it. */
async function keptMib(server: ServerProcess): Promise<number> {
  await inspect(server, 'HeapProfiler.collectGarbage');
  const bytes = 'process.memoryUsage().heapUsed + process.memoryUsage().external';
  return (await evaluate(server, bytes)) / 1024 / 1024;
}

/** A number that the server's own code tells. */
async function evaluate(server: ServerProcess, expression: string): Promise<number> {
  const told = await inspect(server, 'Runtime.evaluate', { expression, returnByValue: true });
  return (told as { result: { value: number } }).result.value;
}

async function inspect({ inspector }: ServerProcess, method: string, params: object = {}): Promise<unknown> {
  if (inspector === undefined) throw new Error('The server runs without the inspector.');
  const socket = new WebSocket(inspector);
  await waitForEvent(socket, 'open');
  socket.send(JSON.stringify({ id: 1, method, params }));
  const [message] = await waitForEvent<[Buffer]>(socket, 'message', undefined, 60_000);
  socket.close();
  return (JSON.parse(message.toString()) as { result: unknown }).result;
}

// The kernel keeps the largest size that a process has had, until it is told to begin again.
function forgetPeak({ child }: ServerProcess): void {
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
}

/** For scripts/attack.mjs, which makes the tables. */
function write(figures: object): void {
  const file = process.env['LIVEGO_ATTACK_FIGURES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
