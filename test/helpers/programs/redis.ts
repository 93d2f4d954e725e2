// A Redis of the test's own: a real one, on a port that the system chose.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { connectTo, freePort, waitForEvent } from '../net.ts';
import { RunningProgram } from './running-program.ts';

export interface TestRedis {
  readonly address: string;
  /** Kills it; what it had saved stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it in the middle of whatever it does: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Sends a command without arguments that hold spaces. */
  command(...words: readonly string[]): Promise<void>;
}

export async function startRedis(options: readonly string[] = []): Promise<TestRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'livego-redis-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let program: RunningProgram | undefined;
  const start = async (): Promise<void> => {
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    // What is acknowledged must be there after a kill: by default Redis puts writes off while the disk is busy.
    const kept = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    program = new RunningProgram(['redis-server', ...where, ...kept, ...options], { deadlineMs: 120_000 });
    await untilOpen(port);
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    start,
    kill: async () => {
      program?.kill();
      await program?.done;
    },
    freeze: () => program?.freeze(),
    command: async (...words) => {
      const socket = await connectTo(port);
      socket.write(`${words.join(' ')}\r\n`);
      await waitForEvent(socket, 'data');
      socket.destroy();
    },
    thaw: () => program?.resume(),
  };
}

async function untilOpen(port: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      (await connectTo(port)).destroy();
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
