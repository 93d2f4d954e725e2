// Work in one folder is done in order.
import { expect, test } from 'vitest';
import { FolderQueues } from '../../../core/files/folder-queues.ts';

test('work in a folder does not delay that in another, and a failure does not hold up what follows', async () => {
  const queues = new FolderQueues();
  const order: string[] = [];
  let release = (): void => {};
  const slow = queues.run('/one', () => new Promise<void>((resolve) => (release = resolve)));
  const next = queues.run('/one/', () => Promise.reject(new Error('full'))).catch(() => order.push('failed'));
  const last = queues.run('/one', async () => void order.push('one'));
  await queues.run('/other', async () => void order.push('other'));
  expect(order).toEqual(['other']);
  release();
  await Promise.all([slow, next, last]);
  expect(order).toEqual(['other', 'failed', 'one']);
});
