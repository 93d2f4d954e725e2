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
  /** The same as an AudioSpecificConfig has it behind its first two bytes. */
  readonly inConfig: Buffer;
}

/** id_syn_ele of the element (table 4.85). */
const ID_PCE = '101';
export const ID_BITS = ID_PCE.length;
const NO_COMMENT = '00000000';

/** Reads the whole element. */
export function readProgramConfig(input: BitReader): ProgramConfig {
  let bits = ID_PCE;
  const take = (count: number): number => {
    const value = input.bits(count);
    bits += binary(value, count);
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
  return programConfig(elements, bits);
}

/** The layouts of table 1.19 that ADTS has no number for, as elements in front, at the sides and behind; an LFE is last. */
const LARGE_LAYOUTS: Readonly<Record<number, readonly [front: Kinds, side: Kinds, back: Kinds]>> = {
  11: [['single', 'pair'], ['pair'], ['single']],
  12: [['single', 'pair'], ['pair'], ['pair']],
};

type Kinds = readonly ('single' | 'pair')[];

/** The element that says the same as a channelConfiguration above 7. Undefined for loudspeakers at other heights. */
export function buildProgramConfig(
  channelConfiguration: number,
  { objectType, frequencyIndex }: { readonly objectType: number; readonly frequencyIndex: number },
): ProgramConfig | undefined {
  const layout = LARGE_LAYOUTS[channelConfiguration];
  if (!layout || objectType < 1 || objectType > 4) return undefined;
  const tags = { single: 0, pair: 0 };
  const speakers = layout.flat().map((kind) => ({ kind, tag: tags[kind]++ }));
  const counts = [...layout.map((kinds) => kinds.length)].map((count) => binary(count, 4)).join('');
  const head = ID_PCE + binary(0, 4) + binary(objectType - 1, 2) + binary(frequencyIndex, 4);
  // One LFE; no associated data, no coupling, no mixdown.
  const rest = binary(1, 2) + binary(0, 3 + 4) + '000';
  const places = speakers.map(({ kind, tag }) => (kind === 'pair' ? '1' : '0') + binary(tag, 4)).join('');
  return programConfig([...speakers, { kind: 'lfe', tag: 0 }], head + counts + rest + places + binary(0, 4));
}

function binary(value: number, length: number): string {
  return value.toString(2).padStart(length, '0');
}

/** @param bits - from the ID to the last element */
function programConfig(elements: readonly ProgramElement[], bits: string): ProgramConfig {
  const channels = elements.reduce((sum, { kind }) => sum + (kind === 'pair' ? 2 : 1), 0);
  // The alignment is that of the block or of the configuration, not of the place where the element was read.
  const aligned = (text: string): Buffer =>
    bytesOfBits(text.padEnd(Math.ceil(text.length / 8) * 8, '0') + NO_COMMENT);
  return { channels, elements, bytes: aligned(bits), inConfig: aligned(bits.slice(ID_BITS)) };
}

/** Whether a raw_data_block begins with such an element. */
export function beginsWithProgramConfig(first: number): boolean {
  return first >> 5 === Number.parseInt(ID_PCE, 2);
}
