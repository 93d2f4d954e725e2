import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Denial } from 'livego';
import { FlvPacketFormat, encodeRun } from 'livego/media';
import { samplePackets } from 'livego/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { publishTo, startWith } from './start-with.ts';

let directory: string;

beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'livego-loop-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function writeFlv(frames: number): string {
  const file = join(directory, 'clip.flv');
  const format = new FlvPacketFormat();
  writeFileSync(
    file,
    Buffer.concat([
      format.start({ audio: true, video: true }),
      encodeRun(samplePackets({ frames, keyframeEvery: 1 }), format),
    ]),
  );
  return file;
}

test('a file is published in a loop, from the start of the server to its end', async () => {
  const file = writeFlv(2);
  const server = await startWith('loop-file.ts', { 'loop-file': { file }, waitForPublisherMs: 5000 });
  const viewer = await server.play('live/loop');
  if (viewer instanceof Denial) throw new Error(viewer.reason);
  const times = (): number[] =>
    viewer.tags.filter(({ type }) => type === 'video').map((tag) => tag.timestamp);
  // One round has two frames, 40 ms apart, and the next begins 40 ms after its last.
  await vi.waitFor(() => expect(times()).toEqual(expect.arrayContaining([80, 120, 160])));
  expect(server.streams()[0]?.publisher?.client.plugin).toBe('loop-file');
  expect(times()).toEqual(times().toSorted((one, other) => one - other));
});

test('a publisher takes the name over, and the file stops', async () => {
  const server = await startWith('loop-file.ts', { 'loop-file': { file: writeFlv(2) } });
  await vi.waitFor(() => expect(server.streams()).toHaveLength(1));
  await publishTo(server, 'live/loop');
  expect(server.streams()[0]?.publisher?.client.plugin).toBe('testing');
  expect(server.sessions().map(({ client }) => client.plugin)).toEqual(['testing']);
});

test('a config whose file is no FLV is rejected', async () => {
  const file = join(directory, 'no.flv');
  writeFileSync(file, 'this is not an FLV file');
  await expect(startWith('loop-file.ts', { 'loop-file': { file } })).rejects.toThrow(/not FLV/);
});
