// The comparison of what a viewer got with what was sent.

import type { Publisher } from './publisher.ts';
import type { Trace } from './trace.ts';

export interface WhatCame {
  readonly name: string;
  readonly got: readonly Trace[];
  /** Why no more came; undefined while it may. */
  readonly ended: string | undefined;
}

/**
 * Describes the first difference. Returns undefined if the viewer got every packet from a keyframe of the source on,
 * to the last one where it stayed to the end.
 */
export function findLoss(
  { sent, keyframes }: Publisher,
  { name, got, ended }: WhatCame,
  to: 'end' | 'anywhere' = 'end',
): string | undefined {
  const [first] = got;
  if (first === undefined) return `${name} got nothing (${ended ?? 'it is still connected'})`;
  const start = sent.indexOf(first);
  if (start < 0 || !keyframes.has(first)) return `${name} did not begin with a keyframe of the source`;
  const at = got.findIndex((each, index) => each !== sent[start + index]);
  if (at >= 0) return `${name}: packet ${at} is ${got[at]}, and should be ${sent[start + at]}`;
  if (to === 'anywhere') return undefined;
  const missing = sent.length - start - got.length;
  return missing === 0
    ? undefined
    : `${name} lacks the last ${missing} packets (${ended ?? 'still connected'})`;
}
