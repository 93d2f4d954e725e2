// Reading /proc.

import { describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { parseProcessStat, readProcesses } from '../../../bench/processes/process-tree.ts';

describe('a process in /proc', () => {
  it('is parsed although its name contains spaces and parentheses', () => {
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

it.runIf(process.platform === 'linux')('the sockets of a process are counted', async () => {
  const [before] = readProcesses(process.pid);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [taken] = (await once(server, 'connection')) as [Socket];
  const [after] = readProcesses(process.pid);
  expect(after!.sockets - before!.sockets).toBe(3);
  expect(after!.rss).toBeGreaterThan(1e6);
  client.destroy();
  taken.destroy();
  server.close();
});
