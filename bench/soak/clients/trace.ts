// Packets in short form, to be compared at the end.

import { createHash } from 'node:crypto';

/** One packet: kind, timestamp, digest of the payload. */
export type Trace = string;

export function trace(kind: 'audio' | 'video', timestamp: number, payload: Buffer): Trace {
  return `${kind[0]} ${timestamp} ${createHash('sha1').update(payload).digest('base64').slice(0, 12)}`;
}
