// Silence as AAC: a raw_data_block whose channels have no spectrum (ISO/IEC 14496-3 clause 4.4.2.1).
import type { AudioSpecificConfig } from './audio-specific-config.ts';
import { bytesOfBits } from './bits.ts';
import type { ProgramElement } from './program-config-element.ts';

type Element = ProgramElement['kind'];

/** Elements of a channelConfiguration (table 1.19), in the order of a block. */
const LAYOUTS: readonly (readonly Element[] | undefined)[] = [
  undefined,
  ['single'],
  ['pair'],
  ['single', 'pair'],
  ['single', 'pair', 'single'],
  ['single', 'pair', 'pair'],
  ['single', 'pair', 'pair', 'lfe'],
  ['single', 'pair', 'pair', 'pair', 'lfe'],
];

const ID: Readonly<Record<Element, string>> = { single: '000', pair: '001', lfe: '011' };
const ID_END = '111';
/** global_gain, which scales nothing here. */
const GAIN = '0'.repeat(8);
/** ics_reserved_bit, window_sequence (2), window_shape, max_sfb (6): no bands; predictor_data_present. */
const INFO = '0'.repeat(11);
/** pulse_data_present, tns_data_present, gain_control_data_present. */
const TOOLS = '000';

/**
 * One frame of silence for a decoder of this configuration; undefined if its channels are laid out in a way that is not
 * known, or it is no plain AAC.
 */
export function buildSilentFrame(
  config: Pick<AudioSpecificConfig, 'objectType' | 'channelConfiguration' | 'programConfig'>,
): Buffer | undefined {
  const elements = config.programConfig?.elements ?? usualElements(config.channelConfiguration);
  if (elements === undefined || config.objectType < 1 || config.objectType > 4) return undefined;
  const bits = elements.map(
    ({ kind, tag }) => ID[kind] + tag.toString(2).padStart(4, '0') + channelsOf(kind),
  );
  return bytesOfBits(bits.join('') + ID_END);
}

function usualElements(channelConfiguration: number): readonly ProgramElement[] | undefined {
  const tags: Record<Element, number> = { single: 0, pair: 0, lfe: 0 };
  return LAYOUTS[channelConfiguration]?.map((kind) => ({ kind, tag: tags[kind]++ }));
}

function channelsOf(element: Element): string {
  if (element !== 'pair') return GAIN + INFO + TOOLS;
  // common_window, then ms_mask_present behind the info that both channels share.
  return '1' + INFO + '00' + GAIN + TOOLS + GAIN + TOOLS;
}
