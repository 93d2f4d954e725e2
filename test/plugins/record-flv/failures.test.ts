// A disk that fails: the recording stops with one error, what is written is kept, and it is tried again.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LimitedLog, type FileFacts, type StreamView } from 'livego';
import { samplePackets } from 'livego/testing';
import { describe, expect, test, vi } from 'vitest';
import { StreamRecording } from '../../../plugins/record-flv/stream-recording.ts';
import { makeState } from '../../../plugins/record-flv/state.ts';
import { schema, type RecordOptions } from '../../../plugins/record-flv/schema.ts';
import { readFlvFile } from '../../helpers/media/flv-file.ts';
import { memoryLog } from '../../helpers/memory-log.ts';
import { filesIn, temporaryFolder } from './record-kit.ts';

const defaults = Object.fromEntries(
  Object.entries(schema['properties'] as Record<string, { default: unknown }>).map(([key, option]) => [
    key,
    option.default,
  ]),
) as unknown as RecordOptions;

const STREAM = {
  key: 'live/movie',
  displayKey: 'live/movie',
  app: 'live',
  name: 'movie',
  counters: { packets: 0 },
  expectedTracks: { video: true, audio: true },
  publisher: { id: 'session-1' },
} as unknown as StreamView;

function recorder(folder: string, options: Partial<RecordOptions> = {}) {
  const clock = { now: 0 };
  const { log, messages } = memoryLog();
  const files: FileFacts[] = [];
  const state = makeState();
  const recording = new StreamRecording(STREAM, {
    options: { ...defaults, directory: folder, ...options },
    state,
    log,
    peerLog: log,
    hold: () => 0,
    slow: new LimitedLog(log, () => clock.now, 10),
    now: () => clock.now,
    pathFor: () => join(folder, 'live', 'movie.flv'),
    isCommanded: () => false,
    fileEnd: (file) => files.push(file),
  });
  const send = (from: number, frames: number): void => {
    for (const packet of samplePackets({ from, frames })) recording.write(packet);
  };
  return { recording, clock, messages, files, state, send };
}

function frames(path: string): number {
  return readFlvFile(path).tags.filter(({ type, body }) => type === 'video' && body[1] === 1).length;
}

describe('a recording whose disk fails', () => {
  test('fails with one error, is tried again with rising patience, and counts what it has lost', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'live'), 'in the way');
    const { recording, clock, messages, state, send, files } = recorder(folder);
    send(0, 5);
    recording.tick(clock.now);
    await vi.waitUntil(() => state.counters.failures === 1);
    // Too early: nothing is tried.
    send(200, 5);
    expect(recording.writing).toBe(false);
    clock.now = 1001;
    send(400, 5);
    await vi.waitUntil(() => state.counters.failures === 2);
    clock.now = 2500;
    send(600, 5);
    expect(recording.writing).toBe(false);
    rmSync(join(folder, 'live'));
    clock.now = 3100;
    send(800, 5);
    expect(recording.writing).toBe(true);
    await recording.finish();
    expect(messages('error')).toHaveLength(1);
    expect(messages('error')[0]).toContain('the recording of live/movie has failed: ');
    expect(state.counters.lostMs).toBe(400);
    expect(state.counters.droppedPackets).toBe(20);
    expect(files.map(({ path }) => frames(path))).toEqual([5]);
  });

  test('notices that its directory has vanished, and continues in a new one', async () => {
    const folder = temporaryFolder();
    const { recording, clock, messages, files, send } = recorder(folder);
    send(0, 20);
    clock.now = 1000;
    recording.tick(clock.now);
    await vi.waitUntil(() => filesIn(folder).length === 1);
    renameSync(join(folder, 'live'), join(folder, 'moved'));
    clock.now = 4000;
    recording.tick(clock.now);
    await vi.waitUntil(() => messages('error').length > 0);
    expect(messages('error')[0]).toContain('ENOENT');
    clock.now = 5500;
    send(800, 5);
    await recording.finish();
    expect(messages('error')).toHaveLength(1);
    expect(files.map(({ path }) => frames(path))).toEqual([5]);
    expect(filesIn(folder)).toEqual(['live/movie.flv', 'moved/movie.flv.part']);
  });

  test('leaves out whole groups when the disk is too slow, and begins again at a keyframe', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'live'));
    const { recording, state, files, messages, send } = recorder(folder, { maxQueueBytes: 66_500 });
    // Nothing is written before these calls return: the disk could not be slower.
    send(0, 60);
    expect(state.counters.droppedGroups).toBeGreaterThan(0);
    await vi.waitUntil(() => recording.waitingBytes < 5000);
    send(4000, 5);
    await recording.finish();
    expect(messages('warn')).toHaveLength(1);
    const times = readFlvFile(files[0]!.path).tags.filter(
      ({ type, body }) => type === 'video' && body[1] === 1,
    );
    const gap = times.findIndex(({ timestamp }) => timestamp >= 4000);
    expect(times[gap]!.body[0]).toBe(0x17);
    expect(times.length - gap).toBe(5);
    expect(state.counters.droppedPackets).toBe(120 - 2 * gap);
  });
});
