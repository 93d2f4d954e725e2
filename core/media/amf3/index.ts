// AMF 3: the values behind AMF 0's avmplus marker, and those of clients with objectEncoding 3 (Adobe, "AMF 3
// Specification"). The values themselves, which both versions share, are in ../amf-value.ts.
import { AmfBudget, type AmfLimits } from '../amf-limits.ts';
import type { AmfValue } from '../amf-value.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { Amf3ValueReader } from './value-reader.ts';
import { Amf3ValueWriter } from './value-writer.ts';

export * from '../amf-value.ts';

/** All values up to the end of the bytes. Throws LVG_AMF if they are malformed or exceed a limit. */
export function parseAmf3(bytes: Buffer, limits?: Partial<AmfLimits>): AmfValue[] {
  return [...readAmf3(bytes, limits)];
}

/** The values one by one. Throws LVG_AMF at the first that is malformed or exceeds a limit. */
export function* readAmf3(bytes: Buffer, limits?: Partial<AmfLimits>): Generator<AmfValue> {
  const budget = new AmfBudget(limits);
  budget.checkBytes(bytes.length);
  const input = new ByteReader(bytes, 'LVG_AMF', 'AMF 3');
  const reader = new Amf3ValueReader(input, budget);
  while (input.remaining > 0) yield reader.read();
}

/** The values one after the other, sharing one set of reference tables. Throws LVG_AMF if they exceed a limit. */
export function buildAmf3(values: readonly AmfValue[], limits?: Partial<AmfLimits>): Buffer {
  const budget = new AmfBudget(limits);
  const output = new ByteWriter(budget.limits.maxBytes, 'LVG_AMF');
  const writer = new Amf3ValueWriter(output, budget);
  for (const value of values) writer.write(value);
  return output.build();
}
