// Timestamps by the number, for the tests of the timeline.
import type { Timeline, TrackOf } from '../../../core/stream/timeline.ts';

export const WRAP = 2 ** 32;
export const VIDEO: TrackOf = { kind: 'video', track: 0 };
export const AUDIO: TrackOf = { kind: 'audio', track: 0 };
export const DATA: TrackOf = { kind: 'data', track: 0 };

/** Maps raw timestamps of one track. */
export function map(timeline: Timeline, ...raws: readonly number[]): number[] {
  return raws.map((raw) => timeline.map(VIDEO, uint32(raw)));
}

export function uint32(time: number): number {
  return ((time % WRAP) + WRAP) % WRAP;
}

/** From `start` to below `end`, every `step`. */
export function every(step: number, start: number, end: number): number[] {
  return Array.from({ length: Math.ceil((end - start) / step) }, (_, index) => start + index * step);
}
