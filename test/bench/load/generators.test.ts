// Both load generators against a server: an instrument that loses packets by itself would measure nothing.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildPackage, packMessages } from '../../../bench/load/clip.ts';
import { prepareLoad } from '../../../bench/load/load-program.ts';
import { Load } from '../../../bench/load/load.ts';
import { clip } from '../../helpers/media/ffmpeg.ts';
import { startServer } from '../../helpers/server.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CLIP_MS = 2000;

async function startLoad(generator: 'c' | 'node'): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-load-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const flv = await clip({ seconds: CLIP_MS / 1000, gopSeconds: 0.4, bFrames: 0, sampleRate: 48_000 });
  const path = join(folder, 'clip.bin');
  writeFileSync(path, buildPackage(packMessages(readFileSync(flv), CLIP_MS), CLIP_MS));
  const server = await startServer();
  const ports = { rtmpPort: server.port(), httpPort: server.port('httpflv.port') };
  const options = { ...ports, clip: path, app: 'live', maxSeconds: 25, readEveryMs: 0 };
  const load = await Load.start(prepareLoad(ROOT, folder, generator), options);
  onTestFinished(() => load.stop());
  return load;
}

test.each(['c', 'node'] as const)('the generator in %s plays what it publishes', async (generator) => {
  const load = await startLoad(generator);
  await load.publish(2, 0);
  const joining = { count: 4, perSecond: 100, probes: 2, stalled: 0, timeoutMs: 10_000 };
  for (const protocol of ['rtmp', 'flv'] as const)
    expect(await load.join(protocol, joining)).toMatchObject({ joined: 4, pictures: 4 });
  await load.mark();
  // Four probes, 25 frames a second each: more than a turn of the loop.
  await expect.poll(async () => (await load.report()).probes.video).toBeGreaterThan(220);
  const report = await load.report();
  expect(report).toMatchObject({ publishers: 2, playing: 8, closed: 0, stalled: 0 });
  expect(report.probes).toMatchObject({ lost: 0, backwards: 0 });
  expect(report.delayMs?.count).toBe(report.probes.video);
  expect(report.completeness).toMatchObject({ viewers: 8 });
});
