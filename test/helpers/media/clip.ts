// Small media files for tests. ffmpeg makes each when it is first needed; it is kept for the next run.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunningProgram } from '../programs/running-program.ts';

export interface ClipSpec {
  readonly video?: 'h264' | 'hevc' | 'vp9' | 'av1' | 'none';
  readonly audio?: 'aac' | 'mp3' | 'opus' | 'ac3' | 'none';
  /** FLV from ffmpeg before 6.1 (Debian 12 has 5.1) takes h264, aac and mp3 only. */
  readonly container?: 'flv' | 'mp4' | 'ts' | 'mkv';
  readonly seconds?: number;
  /** Seconds from one keyframe to the next. */
  readonly gopSeconds?: number;
  /** Consecutive B-frames; with them, decoding and presentation order differ. H.264 and HEVC only. */
  readonly bFrames?: number;
  readonly size?: `${number}x${number}`;
  readonly frameRate?: number;
  readonly sampleRate?: number;
  readonly channels?: 1 | 2;
  /** Clips of different seeds have different pictures and tones. */
  readonly seed?: number;
}

const CACHE = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'livego-fixtures');
const DEADLINE_MS = 60_000;

const DEFAULTS = {
  video: 'h264',
  audio: 'aac',
  container: 'flv',
  seconds: 6,
  gopSeconds: 2,
  bFrames: 2,
  size: '320x180',
  frameRate: 25,
  sampleRate: 44100,
  channels: 2,
  seed: 0,
} as const satisfies Required<ClipSpec>;

/** The path of such a clip. H.264 with B-frames and AAC, 6 s with a keyframe every 2 s, in FLV, unless the spec differs. */
export async function clip(spec: ClipSpec = {}): Promise<string> {
  const full = { ...DEFAULTS, ...spec };
  const args = encoderArguments(full);
  const key = createHash('sha256')
    .update(JSON.stringify([await ffmpegVersion(), args]))
    .digest('hex');
  const name = [full.video, full.audio, `${full.seconds}s`, key.slice(0, 12)].join('-');
  const path = join(CACHE, `${name}.${full.container}`);
  if (!existsSync(path)) await encode(args, path, full.container);
  return path;
}

/** Renames the file when it is complete: parallel workers may encode the same clip twice, and none reads half a file. */
async function encode(args: readonly string[], path: string, container: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const draft = join(CACHE, `${randomUUID()}.${container}`);
  try {
    const command = [
      'ffmpeg',
      '-hide_banner',
      '-nostdin',
      '-loglevel',
      'error',
      '-y',
      ...args,
      draft,
    ] as const;
    await new RunningProgram(command, { deadlineMs: DEADLINE_MS }).succeeded();
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function encoderArguments(spec: Required<ClipSpec>): string[] {
  const { seconds, size, frameRate, sampleRate, seed, channels } = spec;
  const inputs: string[] = [];
  if (spec.video !== 'none') {
    // The seed turns the hue, so that no frame of one clip equals a frame of another.
    const picture = `testsrc2=size=${size}:rate=${frameRate}:duration=${seconds},hue=h=${(seed * 47) % 360}`;
    inputs.push('-f', 'lavfi', '-i', `${picture},format=yuv420p`);
  }
  if (spec.audio !== 'none') {
    // With a rising tone no two encoded frames are equal, so a doubled one is noticed.
    const chirp = `sin(2*PI*t*(${220 + seed * 10}+60*t))/4+(random(${seed})-0.5)/50`;
    const expressions = Array.from({ length: channels }, () => chirp).join('|');
    inputs.push(
      '-f',
      'lavfi',
      '-i',
      `aevalsrc=exprs=${expressions}:sample_rate=${sampleRate}:duration=${seconds}`,
    );
  }
  const bitexact = ['-fflags', '+bitexact', '-flags', '+bitexact', '-map_metadata', '-1'];
  return [
    ...inputs,
    ...videoArguments(spec),
    ...audioArguments(spec),
    ...bitexact,
    ...containerArguments(spec),
  ];
}

function videoArguments({ video, gopSeconds, frameRate, bFrames }: Required<ClipSpec>): string[] {
  if (video === 'none') return [];
  const gop = Math.round(gopSeconds * frameRate);
  const x265 = `keyint=${gop}:min-keyint=${gop}:scenecut=0:open-gop=0:bframes=${bFrames}:b-adapt=0:pools=1:log-level=error`;
  const encoders = {
    h264: `libx264 -preset veryfast -bf ${bFrames} -b_strategy 0 -keyint_min ${gop} -sc_threshold 0`,
    hevc: `libx265 -preset ultrafast -tag:v hvc1 -x265-params ${x265}`,
    vp9: 'libvpx-vp9 -deadline realtime -cpu-used 8',
    av1: 'libsvtav1 -preset 12 -svtav1-params lp=1',
  };
  return `-c:v ${encoders[video]} -b:v 300k -g ${gop} -threads 1`.split(' ');
}

function audioArguments(spec: Required<ClipSpec>): string[] {
  const encoders = { aac: 'aac', mp3: 'libmp3lame', opus: 'libopus', ac3: 'ac3' } as const;
  return spec.audio === 'none' ? [] : ['-c:a', encoders[spec.audio], '-b:a', '64k'];
}

function containerArguments(spec: Required<ClipSpec>): string[] {
  const formats = {
    flv: ['-f', 'flv'],
    mp4: ['-f', 'mp4', '-movflags', '+faststart'],
    ts: ['-f', 'mpegts'],
    mkv: ['-f', 'matroska'],
  } as const;
  return [...formats[spec.container]];
}

async function ffmpegVersion(): Promise<string> {
  let output = '';
  const onOutput = (bytes: Buffer): void => void (output += bytes.toString());
  await new RunningProgram(['ffmpeg', '-version'], { onOutput }).succeeded();
  return output.split('\n', 1)[0] ?? '';
}
