// Silence as AAC: a raw_data_block whose channels have no spectrum (ISO/IEC 14496-3 clause 4.4.2.1).
import type { AudioSpecificConfig } from './audio-specific-config.ts';

/** Elements of a channelConfiguration (table 1.19): single channels, pairs, and the LFE, in this order. */
type Element = 'single' | 'pair' | 'lfe';

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
 * One frame of silence for a decoder of this configuration; undefined if its channels are laid out by a
 * program_config_element, or it is no plain AAC.
 */
export function buildSilentFrame(
  config: Pick<AudioSpecificConfig, 'objectType' | 'channelConfiguration'>,
): Buffer | undefined {
  const layout = LAYOUTS[config.channelConfiguration];
  if (layout === undefined || config.objectType < 1 || config.objectType > 4) return undefined;
  const tags: Record<Element, number> = { single: 0, pair: 0, lfe: 0 };
  const elements = layout.map((element) => {
    const tag = (tags[element]++).toString(2).padStart(4, '0');
    return ID[element] + tag + channelsOf(element);
  });
  return bytesOf(elements.join('') + ID_END);
}

function channelsOf(element: Element): string {
  if (element !== 'pair') return GAIN + INFO + TOOLS;
  // common_window, then ms_mask_present behind the info that both channels share.
  return '1' + INFO + '00' + GAIN + TOOLS + GAIN + TOOLS;
}

function bytesOf(bits: string): Buffer {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Buffer.from(padded.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
}
