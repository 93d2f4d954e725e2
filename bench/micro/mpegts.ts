// The cost of making MPEG-TS segments: CPU seconds per GB of payload, beside a plain copy of the same bytes and beside
// `ffmpeg -c copy -f mpegts`, in one run, in turns. The best round of each counts, because other processes disturbed it
// least. Only figures of the same run are worth comparing.

import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeAudio, describeVideo } from '../../core/media/flv/tag-body.ts';
import { Segmenter } from '../../core/media/hls/index.ts';
import { SegmentMuxer } from '../../core/media/mpegts/index.ts';
import { MediaPacket } from '../../core/media/packet.ts';
import { runToEnd } from '../processes/children.ts';
import { packMessages, prepareClip } from '../load/clip.ts';

const ROUNDS = 9;
const ROUND_MS = 400;
const BLOCK_MS = 2000;
const FFMPEG_LOOPS = 200;

/**
 * Makes glibc keep freed memory. By default it may return the top of the heap to the system and fault it in again, 32
 * MiB at a time. Some runs do so all the time and others never; a round costs up to twice as much with it as without.
 */
const ALLOCATOR = { MALLOC_TRIM_THRESHOLD_: `${2 ** 30}`, MALLOC_MMAP_THRESHOLD_: `${2 ** 25}` };

interface Source {
  readonly name: string;
  readonly flv: string;
  readonly packets: readonly MediaPacket[];
  readonly bytes: number;
}

export async function main(argv: readonly string[], { peers }: { peers: string }): Promise<void> {
  if (process.env['MALLOC_TRIM_THRESHOLD_'] === undefined) return runWithAllocator(argv);
  const clip = prepareClip(peers);
  const sources = [
    readSource('1.2 Mbit/s', clip.flv, clip.durationMs),
    readSource('6 Mbit/s', prepareHigh(peers), 20_000),
  ];
  for (const source of sources) measure(source);
}

/** The allocator reads its settings when a process starts. */
function runWithAllocator(argv: readonly string[]): void {
  const env = { ...process.env, ...ALLOCATOR };
  const { status } = spawnSync(process.execPath, [process.argv[1]!, ...argv], { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

function measure(source: Source): void {
  const copy: number[] = [];
  const mux: number[] = [];
  const muxer = new SegmentMuxer();
  let tsBytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    copy.push(secondsOf(() => copyAll(source.packets)));
    mux.push(secondsOf(() => (tsBytes = muxAll(muxer, source.packets))));
  }
  const perGb = (seconds: number): number => (seconds / source.bytes) * 1e9;
  const memcpy = perGb(Math.min(...copy));
  const ours = perGb(Math.min(...mux));
  const peer = (ffmpegSeconds(source.flv) / (FFMPEG_LOOPS * source.bytes)) * 1e9;
  console.log(
    `${source.name}: ${source.packets.length} packets, TS ${((tsBytes / source.bytes) * 100).toFixed(1)} %`,
  );
  for (const [name, value] of [
    ['Buffer.copy', memcpy],
    ['SegmentMuxer', ours],
    ['ffmpeg -c copy -f mpegts', peer],
  ] as const)
    console.log(`  ${name.padEnd(26)} ${value.toFixed(3)} CPU s/GB   ${(value / memcpy).toFixed(1)} × copy`);
}

/** Copies every payload once into fresh memory, a block for each two seconds, as with segments. */
function copyAll(packets: readonly MediaPacket[]): number {
  let copied = 0;
  let from = 0;
  while (from < packets.length) {
    let size = 0;
    let to = from;
    const end = packets[from]!.timestamp + BLOCK_MS;
    for (; to < packets.length && packets[to]!.timestamp < end; to++) size += packets[to]!.payload.length;
    const target = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (; from < to; from++) at += packets[from]!.payload.copy(target, at);
    copied += at;
  }
  return copied;
}

/** The muxer is kept from pass to pass, as a stream's muxer is from segment to segment. */
function muxAll(muxer: SegmentMuxer, packets: readonly MediaPacket[]): number {
  const segmenter = new Segmenter();
  let bytes = 0;
  for (const packet of packets) {
    const decision = segmenter.decide(packet);
    if (typeof decision === 'object') bytes += muxer.cut()?.length ?? 0;
    if (decision !== 'skip') muxer.push(packet);
  }
  return bytes + (muxer.cut('discontinuity')?.length ?? 0);
}

function secondsOf(once: () => number): number {
  const began = performance.now();
  const before = process.cpuUsage();
  let passes = 0;
  while (performance.now() - began < ROUND_MS) {
    once();
    passes++;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / passes;
}

/** CPU seconds of ffmpeg without its start. They include reading and demuxing the FLV. */
function ffmpegSeconds(flv: string): number {
  const run = (loops: number): number => {
    const input = ['-v', 'info', '-benchmark', '-stream_loop', `${loops - 1}`, '-i', flv];
    const output = ['-c', 'copy', '-f', 'mpegts', '-y', '/dev/null'];
    const { stderr } = spawnSync('ffmpeg', [...input, ...output]);
    const match = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr.toString());
    return match ? Number(match[1]) + Number(match[2]) : Number.NaN;
  };
  return run(FFMPEG_LOOPS + 1) - run(1);
}

function readSource(name: string, flv: string, durationMs: number): Source {
  const messages = packMessages(readFileSync(flv), durationMs).filter(({ type }) => type !== 18);
  const packets = messages.map(({ type, timestamp, payload }) => {
    const description = type === 9 ? describeVideo(payload) : describeAudio(payload);
    return new MediaPacket(description, timestamp, payload);
  });
  return { name, flv, packets, bytes: packets.reduce((sum, { payload }) => sum + payload.length, 0) };
}

function prepareHigh(folder: string): string {
  const file = join(folder, 'mpegts-6m.flv');
  if (statSync(file, { throwIfNoEntry: false })) return file;
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=30:d=20,noise=alls=12:allf=t'];
  const sound = ['-f', 'lavfi', '-i', 'sine=440:d=20:r=48000'];
  const coding =
    '-c:v libx264 -preset ultrafast -b:v 6M -maxrate 6M -bufsize 6M -g 60 -pix_fmt yuv420p -c:a aac -b:a 128k';
  runToEnd('ffmpeg', ['-v', 'error', ...picture, ...sound, ...coding.split(' '), '-y', file]);
  return file;
}
