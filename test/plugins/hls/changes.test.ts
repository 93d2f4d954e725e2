// Other workers wait for changes of the presentations that one makes.
import { expect, onTestFinished, test } from 'vitest';
import { Changes } from '../../../plugins/hls/elsewhere/changes.ts';

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('however many wait, Node takes them for no leak, and each goes on with its own', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const streams = Array.from({ length: 20 }, (_, index) => new Changes(`nonce-${index}`));
  let changed = 0;
  const waiting = streams.map((each) => each.since(each.revision, 60_000).then(() => changed++));
  await turns();
  expect([warnings, changed]).toEqual([[], 0]);
  streams[0]!.note();
  await turns();
  expect(changed).toBe(1);
  for (const each of streams) each.note();
  await Promise.all(waiting);
});
