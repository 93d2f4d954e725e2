// program_config_element: loudspeakers one by one, if no channelConfiguration fits (ISO/IEC 14496-3 clause 4.4.1.1).
import type { BitReader } from '../bit-reader.ts';

const TAG_BITS = 4;

/** Reads the whole element and returns its number of channels. */
export function readProgramConfigChannels(input: BitReader): number {
  // element_instance_tag, object_type, sampling_frequency_index
  input.skip(4 + 2 + 4);
  const [front, side, back] = [input.bits(4), input.bits(4), input.bits(4)];
  const lfe = input.bits(2);
  const associatedData = input.bits(3);
  const coupling = input.bits(4);
  for (const mixdownBits of [4, 4, 3]) if (input.flag()) input.skip(mixdownBits);
  const channels = readElements(input, front + side + back) + lfe;
  input.skip((lfe + associatedData) * TAG_BITS + coupling * (1 + TAG_BITS));
  input.align();
  input.skip(input.bits(8) * 8);
  return channels;
}

// An element is one channel or a pair.
function readElements(input: BitReader, count: number): number {
  let channels = 0;
  for (let index = 0; index < count; index++) {
    channels += input.flag() ? 2 : 1;
    input.skip(TAG_BITS);
  }
  return channels;
}
