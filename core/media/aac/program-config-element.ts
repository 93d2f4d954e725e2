// program_config_element: loudspeakers one by one, if no channelConfiguration fits (ISO/IEC 14496-3 clause 4.4.1.1).
import type { BitReader } from '../bit-reader.ts';
import { bytesOfBits } from './bits.ts';

/** One channel, a pair, or the LFE, and its element_instance_tag. */
export interface ProgramElement {
  readonly kind: 'single' | 'pair' | 'lfe';
  readonly tag: number;
}

export interface ProgramConfig {
  readonly channels: number;
  /** In the order in which a raw_data_block has them. */
  readonly elements: readonly ProgramElement[];
  /** The element as the first one of a raw_data_block, its ID before it and without its comment. Whole bytes. */
  readonly bytes: Buffer;
}

/** id_syn_ele of the element (table 4.85). */
const ID_PCE = '101';
const NO_COMMENT = '00000000';

/** Reads the whole element. */
export function readProgramConfig(input: BitReader): ProgramConfig {
  let bits = ID_PCE;
  const take = (count: number): number => {
    const value = input.bits(count);
    bits += value.toString(2).padStart(count, '0');
    return value;
  };
  // element_instance_tag, object_type, sampling_frequency_index
  take(4 + 2 + 4);
  const [front, side, back] = [take(4), take(4), take(4)];
  const lfe = take(2);
  const associatedData = take(3);
  const coupling = take(4);
  for (const mixdownBits of [4, 4, 3]) if (take(1) === 1) take(mixdownBits);
  const elements: ProgramElement[] = [];
  for (let index = 0; index < front + side + back; index++)
    elements.push({ kind: take(1) === 1 ? 'pair' : 'single', tag: take(4) });
  for (let index = 0; index < lfe; index++) elements.push({ kind: 'lfe', tag: take(4) });
  for (let index = 0; index < associatedData; index++) take(4);
  for (let index = 0; index < coupling; index++) take(1 + 4);
  input.align();
  input.skip(input.bits(8) * 8);
  // The alignment is that of the block, not of the place where the element was read.
  const aligned = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  const channels = elements.reduce((sum, { kind }) => sum + (kind === 'pair' ? 2 : 1), 0);
  return { channels, elements, bytes: bytesOfBits(aligned + NO_COMMENT) };
}

/** Whether a raw_data_block begins with such an element. */
export function beginsWithProgramConfig(first: number): boolean {
  return first >> 5 === Number.parseInt(ID_PCE, 2);
}
