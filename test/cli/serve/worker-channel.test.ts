// The channel to a worker's process, with a process that is stopped while connections are sent to it.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WorkerChannel } from '../../../cli/serve/worker-channel.ts';
import type { Message } from '../../../core/workers/conversation.ts';
import { connectTo, readToEnd, waitForEvent } from '../../helpers/net.ts';

/** Says that it runs, sends each connection its number and ends it, and says what it was told. */
const CHILD = `
process.on('message', ({ id, name }, socket) => {
  if (socket) socket.end(String(id));
  process.send(name + ' ' + (socket ? 'with' : 'without') + ' a connection');
});
process.send('runs');
`;

const COUNT = 5;

async function startChild(): Promise<ChildProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-channel-'));
  const file = join(folder, 'child.cjs');
  writeFileSync(file, CHILD);
  const child = fork(file, { serialization: 'advanced', execArgv: [] });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  expect(await waitForEvent(child, 'message')).toEqual(['runs', undefined]);
  return child;
}

/** Connections as a supervisor has them, and their clients. */
async function connections(): Promise<{ readonly accepted: Socket[]; readonly clients: Socket[] }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await waitForEvent(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted: Socket[] = [];
  const clients: Socket[] = [];
  for (let count = 0; count < COUNT; count++) {
    const arrived = waitForEvent(server, 'connection');
    clients.push(await connectTo(port));
    const [socket] = (await arrived) as [Socket];
    onTestFinished(() => void socket.destroy());
    accepted.push(socket);
  }
  return { accepted, clients };
}

function ask(id: number): Message {
  return { is: 'ask', id, name: 'connection', input: undefined };
}

test.runIf(process.platform === 'linux')(
  'several connections, and a message behind them, are on their way while the process reads none',
  async () => {
    const child = await startChild();
    const { accepted, clients } = await connections();
    const channel = new WorkerChannel(child, () => expect.unreachable());
    expect(channel.mostUnderWay).toBeGreaterThan(COUNT);
    child.kill('SIGSTOP');
    accepted.forEach((socket, index) => channel.send(ask(index), socket));
    channel.send({ is: 'tell', name: 'news', input: undefined }, undefined);
    expect(Reflect.get(child, '_handleQueue')).toBe(null);
    expect(accepted.some(({ destroyed }) => destroyed)).toBe(false);
    const told: unknown[] = [];
    const all = new Promise<void>((resolve) =>
      child.on('message', (message) => {
        if (told.push(message) === COUNT + 1) resolve();
      }),
    );
    child.kill('SIGCONT');
    await all;
    expect(told).toEqual([...Array(COUNT).fill('connection with a connection'), 'news without a connection']);
    for (const socket of accepted) socket.destroy();
    for (const [index, client] of clients.entries())
      expect(String(await readToEnd(client))).toBe(String(index));
  },
);

test('a process that is killed before it has read its connections has cost no client its connection', async () => {
  const child = await startChild();
  const { accepted, clients } = await connections();
  const channel = new WorkerChannel(child, () => expect.unreachable());
  child.kill('SIGSTOP');
  const most = Math.min(COUNT, channel.mostUnderWay);
  for (let index = 0; index < most; index++) channel.send(ask(index), accepted[index]);
  const ended = waitForEvent(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  for (const [index, client] of clients.entries()) {
    accepted[index]?.end('still open');
    expect(String(await readToEnd(client))).toBe('still open');
  }
});
