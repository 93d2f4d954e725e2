import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { signalGroup } from '../../core/process-group.ts';

test('a signal reaches what a program has started, too', async () => {
  const child = spawn('sh', ['-c', 'sleep 600 & echo started; wait'], { detached: true });
  await once(child.stdout, 'data');
  // The program in the background holds standard output open for as long as it lives.
  const closed = once(child, 'close');
  signalGroup(child.pid, 'SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
});

test('a program that has ended, or was never started, gets no signal', async () => {
  const child = spawn('true', { detached: true });
  await once(child, 'close');
  signalGroup(child.pid, 'SIGTERM');
  signalGroup(undefined, 'SIGTERM');
});
