// The lines of the documents for ffmpeg and ffplay.
import { expect } from 'vitest';
import { clip, watch, probePackets } from '../helpers/media/ffmpeg.ts';
import { RunningProgram } from '../helpers/programs/running-program.ts';

const DEADLINE_MS = 200_000;

/** The demo.flv of the documents, with a keyframe every second. */
export function demo(): Promise<string> {
  return clip({ seconds: 4, gopSeconds: 1, bFrames: 0 });
}

/** `ffmpeg -re -i demo.flv -c copy -f flv URL`, without an end. */
export async function push(url: string): Promise<RunningProgram> {
  const input = ['-re', '-stream_loop', '-1', '-i', await demo()];
  return new RunningProgram(
    ['ffmpeg', '-hide_banner', '-nostdin', ...input, '-c', 'copy', '-f', 'flv', url],
    { deadlineMs: DEADLINE_MS },
  );
}

/** What a push that is denied is told. */
export async function pushDenied(url: string): Promise<string> {
  const { code, stderr } = await (await push(url)).done;
  expect(code).not.toBe(0);
  return /Server error: (.*)/.exec(stderr)?.[1] ?? stderr;
}

/** Half a second of the stream as ffplay reads it: both of its tracks. By RTMP and FLV each packet is one of the demo's. */
export async function expectPlays(url: string): Promise<void> {
  const packets = await probePackets(url, { extra: ['-read_intervals', '%+0.5'], deadlineMs: DEADLINE_MS });
  expect(new Set(packets.map(({ codec }) => codec)), url).toEqual(new Set(['h264', 'aac']));
  if (url.endsWith('.m3u8')) return;
  const known = new Set((await sourcePackets()).map(({ hash }) => hash));
  expect(packets.filter(({ hash }) => !known.has(hash))).toEqual([]);
}

let source: ReturnType<typeof probePackets> | undefined;

async function sourcePackets() {
  source ??= watch(await demo()).packets;
  return source;
}
