// The AudioSpecificConfig of AAC that comes as ADTS, whose header has no room for a layout of its own.
import { LivegoError } from '../../errors.ts';
import { BitReader } from '../bit-reader.ts';
import { parseAdtsHeader, type AdtsHeader } from './adts.ts';
import { buildAudioSpecificConfig } from './audio-specific-config.ts';
import { beginsWithProgramConfig, ID_BITS, readProgramConfig } from './program-config-element.ts';

/**
 * The configuration that the frame at the start of the bytes tells. Undefined if it tells none: its channels are laid out
 * in an earlier frame (channel_configuration 0), or there is no frame.
 */
export function configOfAdts(
  bytes: Buffer,
  header: AdtsHeader | undefined = parseAdtsHeader(bytes),
): Buffer | undefined {
  if (!header) return undefined;
  const config = buildAudioSpecificConfig(header);
  if (header.channelConfiguration !== 0) return config;
  const block = bytes.subarray(header.headerLength, header.frameLength);
  if (block.length === 0 || !beginsWithProgramConfig(block[0]!)) return undefined;
  try {
    const input = new BitReader(block, 'program_config_element');
    input.skip(ID_BITS);
    return Buffer.concat([config, readProgramConfig(input).inConfig]);
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
