// Programs that cannot even be started, time after time: nothing of a try is left behind.
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplePackets, startTestServer } from 'livego/testing';
import { ClaimedFiles } from 'livego/files';
import { expect, onTestFinished, test, vi } from 'vitest';
import engine from '../../../plugins/engine/index.ts';
import { ReplayFile } from '../../../plugins/engine/jobs/replay-file.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ name }) => name);
}

/** Files in that folder that this process has open. Empty where the system does not tell. */
function openFilesIn(folder: string): string[] {
  const links = (): string[] => readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));
  return process.platform === 'linux' ? links().filter((path) => path.startsWith(folder)) : [];
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // It was that of the list itself.
    return '';
  }
}

test('a program that the system does not start leaves no draft of its replay file', async () => {
  const folder = temporaryFolder();
  const ffmpeg = join(folder, 'ffmpeg');
  writeFileSync(ffmpeg, '#!/bin/sh\ncat > /dev/null\n', { mode: 0o755 });
  const output = join(folder, 'replay');
  const server = await startTestServer({ plugins: [engine], config: { engine: { ffmpeg, output } } });
  onTestFinished(() => server.stop());
  // A single variable may not be so long: the system says E2BIG.
  process.env['LIVEGO_TEST_TOO_LONG'] = 'x'.repeat(4 * 1024 * 1024);
  onTestFinished(() => void delete process.env['LIVEGO_TEST_TOO_LONG']);
  const publisher = await server.publish('live/movie');
  if ('reason' in publisher) throw new Error(publisher.reason);
  publisher.send(...samplePackets());
  await vi.waitUntil(() => server.log.some(({ msg }) => msg.includes('has failed')));
  const { msg } = server.log.find((line) => line.msg.includes('has failed'))!;
  expect(msg).toMatch(/^the engine of live\/movie has failed: spawn E2BIG; it starts again in/);
  expect(filesIn(output)).toEqual([]);
  // The next try has everything that it needs.
  delete process.env['LIVEGO_TEST_TOO_LONG'];
  await vi.waitUntil(() =>
    server.metrics().some(({ metric, value }) => metric.name === 'engine_running' && value === 1),
  );
  expect(filesIn(output)).toHaveLength(1);
});

test('a replay file that cannot be given to its user is closed, and removed', async () => {
  const output = temporaryFolder();
  const claimed = new ClaimedFiles();
  const stream = { app: 'live', name: 'movie', key: 'live/movie', displayKey: 'live/movie' };
  // A file system without owners answers alike.
  const program = { path: 'ffmpeg', version: undefined, extraArguments: [], user: { uid: 2 ** 40, gid: 0 } };
  const services = { options: { output }, program, state: { claimed, counters: { files: 0 } }, context: {} };
  const job = new ReplayFile(stream as never, services as never);
  await expect(job.prepare()).rejects.toThrow(RangeError);
  expect(openFilesIn(output)).toEqual([]);
  const [draft = ''] = filesIn(output);
  await job.exited(0);
  expect([filesIn(output), claimed.has(join(output, 'live', draft))]).toEqual([[], false]);
});
