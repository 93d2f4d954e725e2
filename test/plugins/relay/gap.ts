// Whether what a viewer got is the source's, but for a gap.
import { expect } from 'vitest';
import type { ProbedPacket } from '../../helpers/media/ffmpeg.ts';

/**
 * @param once - the packets of a file that is published again and again
 * @returns how often the viewer's video went on elsewhere than behind the frame before; it may do so at keyframes alone
 */
export function countGaps(once: readonly ProbedPacket[], got: readonly ProbedPacket[]): number {
  const frames = once.filter(({ kind }) => kind === 'video').map(({ hash }) => hash);
  const video = got.filter(({ kind }) => kind === 'video');
  let gaps = 0;
  for (const [index, { hash, keyframe }] of video.entries()) {
    expect(frames, 'a frame that is not the source’s').toContain(hash);
    const before = video[index - 1];
    if (before && frames[(frames.indexOf(before.hash) + 1) % frames.length] === hash) continue;
    expect(keyframe, `frame ${index} does not follow the one before, and is no keyframe`).toBe(true);
    if (before) gaps++;
  }
  for (const kind of ['video', 'audio'] as const) {
    const times = got.filter((packet) => packet.kind === kind).map(({ dts }) => dts ?? 0);
    expect(times, `timestamps of ${kind}`).toEqual(times.toSorted((one, other) => one - other));
  }
  return gaps;
}
