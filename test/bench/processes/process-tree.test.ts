// Reading /proc.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
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

/** Has three more sockets when a line has come. In a process of its own: other tests of this one open sockets too. */
const PROGRAM = `
  const { connect, createServer } = require('node:net');
  console.log('none');
  process.stdin.once('data', () => {
    const server = createServer(() => console.log('three'));
    server.listen(0, '127.0.0.1', () => connect(server.address().port, '127.0.0.1'));
  });
`;

it.runIf(process.platform === 'linux')('the sockets of a process are counted', async () => {
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  await once(child.stdout, 'data');
  const [before] = readProcesses(child.pid!);
  child.stdin.write('\n');
  await once(child.stdout, 'data');
  const [after] = readProcesses(child.pid!);
  expect(after!.sockets - before!.sockets).toBe(3);
  expect(after!.rss).toBeGreaterThan(1e6);
});
