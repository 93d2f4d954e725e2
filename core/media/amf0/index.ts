// AMF 0: the values of RTMP commands, onMetaData and FLV script tags (Adobe, "Action Message Format - AMF 0"). The values
// themselves, which both versions share, are in ../amf-value.ts; messages and commands are not known here.
import type { AmfLimits } from '../amf-limits.ts';
import type { AmfValue } from '../amf-value.ts';
import { Amf0Reader } from './reader.ts';
import { Amf0Writer } from './writer.ts';

export type { AmfLimits } from '../amf-limits.ts';
export * from '../amf-value.ts';
export { Amf0Reader } from './reader.ts';

/** All values up to the end of the bytes. Throws LVG_AMF if they are malformed or exceed a limit. */
export function parseAmf0(bytes: Buffer, limits?: Partial<AmfLimits>): AmfValue[] {
  return [...readAmf0(bytes, limits)];
}

/** The values one by one. Throws LVG_AMF at the first that is malformed or exceeds a limit. */
export function* readAmf0(bytes: Buffer, limits?: Partial<AmfLimits>): Generator<AmfValue> {
  const reader = new Amf0Reader(bytes, limits);
  while (!reader.ended) yield reader.read();
}

/** The values one after the other. Throws LVG_AMF if they exceed a limit. */
export function buildAmf0(values: readonly AmfValue[], limits?: Partial<AmfLimits>): Buffer {
  const writer = new Amf0Writer(limits);
  for (const value of values) writer.write(value);
  return writer.build();
}
