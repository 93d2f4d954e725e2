// The cost of recording: 100 streams recorded to files, beside plain writes of the same bytes in runs of the same size, in
// one run, in turns. CPU seconds of the whole process, system time included.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StreamView } from 'livego';
import { describeAudio, describeVideo, MediaPacket } from 'livego/media';
import { makeState } from '../../plugins/record-flv/state.ts';
import { StreamRecording, type RecordingOwner } from '../../plugins/record-flv/stream-recording.ts';
import { packMessages, prepareClip } from '../load/clip.ts';
import { medianOf } from '../rounds/median.ts';

const STREAMS = 100;
const ROUNDS = 5;
/** The recorder writes a run after this much stream time. */
const RUN_MS = 500;
/** Two of these make a second of stream time, at which files are made safe. */
const STEPS_PER_SECOND = 2;

interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

export async function main(_: readonly string[], { peers }: { peers: string }): Promise<void> {
  const clip = prepareClip(peers);
  const messages = packMessages(readFileSync(clip.flv), clip.durationMs).filter(({ type }) => type !== 18);
  const packets = messages.map(({ type, timestamp, payload }) => {
    const description = type === 9 ? describeVideo(payload) : describeAudio(payload);
    return new MediaPacket(description, timestamp, payload);
  });
  const bytes = STREAMS * packets.reduce((sum, { payload }) => sum + payload.length + 15, 0);
  for (const syncSeconds of [0, 1]) {
    const plain: Cost[] = [];
    const recorded: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(await costOf((folder) => writePlainly(folder, packets, syncSeconds > 0)));
      recorded.push(await costOf((folder) => record(folder, packets, syncSeconds)));
    }
    console.log(`${STREAMS} streams, ${(bytes / 1e9).toFixed(2)} GB, syncSeconds ${syncSeconds}`);
    report('plain writes', plain, plain, bytes);
    report('recorded', recorded, plain, bytes);
  }
}

function report(name: string, costs: readonly Cost[], plain: readonly Cost[], bytes: number): void {
  const cpu = medianOf(costs.map(({ cpuSeconds }) => cpuSeconds));
  const wall = medianOf(costs.map(({ wallSeconds }) => wallSeconds));
  const times = cpu / medianOf(plain.map(({ cpuSeconds }) => cpuSeconds));
  const perGb = ((cpu / bytes) * 1e9).toFixed(3);
  console.log(`  ${name.padEnd(14)} ${perGb} CPU s/GB   ${times.toFixed(2)} × plain   ${wall.toFixed(1)} s`);
}

async function costOf(work: (folder: string) => Promise<void>): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-bench-'));
  const before = process.cpuUsage();
  const began = performance.now();
  await work(folder);
  const wallSeconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  rmSync(folder, { recursive: true });
  return { cpuSeconds: (user + system) / 1e6, wallSeconds };
}

/** Bytes that are in memory already, as many as the recorder writes, in runs of the same size. */
async function writePlainly(folder: string, packets: readonly MediaPacket[], safe: boolean): Promise<void> {
  const runs = stepsOf(packets).map((step) =>
    Buffer.alloc(step.reduce((sum, { payload }) => sum + payload.length + 15, 0)),
  );
  const files: FileHandle[] = [];
  for (let index = 0; index < STREAMS; index++) files.push(await open(join(folder, `${index}.flv`), 'w'));
  for (const [step, run] of runs.entries()) {
    await Promise.all(files.map((file) => file.write(run)));
    if (safe && step % STEPS_PER_SECOND === 0) for (const file of files) await file.datasync();
  }
  for (const file of files) await file.close();
}

/** The packets of all streams in the order of time, waiting for the disk after each half second. */
async function record(folder: string, packets: readonly MediaPacket[], syncSeconds: number): Promise<void> {
  const clock = { now: 0 };
  const owner = ownerOf(folder, clock, syncSeconds);
  const recordings = Array.from({ length: STREAMS }, (_, index) => new StreamRecording(viewOf(index), owner));
  for (const [step, run] of stepsOf(packets).entries()) {
    for (const recording of recordings) for (const packet of run) recording.write(packet);
    clock.now += RUN_MS;
    if (step % STEPS_PER_SECOND === 0) for (const recording of recordings) recording.tick(clock.now);
    while (recordings.some(({ waitingBytes }) => waitingBytes > 512 * 1024))
      await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(recordings.map((recording) => recording.finish()));
}

function stepsOf(packets: readonly MediaPacket[]): MediaPacket[][] {
  const steps: MediaPacket[][] = [];
  for (const packet of packets) (steps[Math.floor(packet.timestamp / RUN_MS)] ??= []).push(packet);
  return steps;
}

function ownerOf(folder: string, clock: { now: number }, syncSeconds: number): RecordingOwner {
  const quiet = { info() {}, warn: console.warn, error: console.error, debug() {} };
  return {
    options: { maxSeconds: 0, maxBytes: 0, syncSeconds, maxQueueBytes: 32 * 1024 * 1024 },
    state: makeState(),
    log: quiet,
    peerLog: quiet,
    slow: quiet,
    hold: () => 0,
    isCommanded: () => false,
    now: () => clock.now,
    pathFor: ({ name }: StreamView) => join(folder, `${name}.flv`),
    fileEnd: () => {},
  } as unknown as RecordingOwner;
}

function viewOf(index: number): StreamView {
  return {
    key: `live/${index}`,
    displayKey: `live/${index}`,
    app: 'live',
    name: `${index}`,
    counters: { packets: 0 },
    expectedTracks: { video: true, audio: true },
    publisher: { id: `${index}` },
  } as unknown as StreamView;
}
