// AAC (ISO/IEC 14496-3): decoder configurations and ADTS headers. Frames are not decoded.
export {
  aacCodecString,
  buildAudioSpecificConfig,
  parseAudioSpecificConfig,
} from './audio-specific-config.ts';
export type { AudioSpecificConfig } from './audio-specific-config.ts';
export { ADTS_HEADER_BYTES, hasAdtsLayout, parseAdtsHeader, writeAdtsHeader } from './adts.ts';
export { configOfAdts } from './adts-config.ts';
export type { AdtsHeader } from './adts.ts';
export { buildSilentFrame } from './silence.ts';
export { beginsWithProgramConfig } from './program-config-element.ts';
export type { ProgramConfig, ProgramElement } from './program-config-element.ts';
