// The AAC sequence header: AudioSpecificConfig (ISO/IEC 14496-3 clause 1.6.2.1).
import { LivegoError } from '../../errors.ts';
import { BitReader } from '../bit-reader.ts';
import { buildProgramConfig, readProgramConfig, type ProgramConfig } from './program-config-element.ts';
import { EXPLICIT_FREQUENCY, nearestFrequencyIndex, SAMPLING_FREQUENCIES } from './sampling-frequency.ts';

export interface AudioSpecificConfig {
  /** Audio object type of the core: 2 is AAC LC, also under SBR and PS. */
  readonly objectType: number;
  /** Hz, of the core. */
  readonly samplingFrequency: number;
  /** 0 … 12; 15 if the frequency is written out. */
  readonly samplingFrequencyIndex: number;
  /** 1 … 7 and 11 … 14, or 0 if a program_config_element says it. */
  readonly channelConfiguration: number;
  /** Loudspeakers, LFE included; 0 if nothing says how many. `ps` plays one channel as two. */
  readonly channels: number;
  /** The layout of the channels where ADTS has no channelConfiguration for it. */
  readonly programConfig: ProgramConfig | undefined;
  /** Spectral band replication is signalled, in either way (HE-AAC). */
  readonly sbr: boolean;
  /** Parametric stereo is signalled (HE-AAC v2). */
  readonly ps: boolean;
  /** Hz, of the output: twice the core's with SBR. */
  readonly outputFrequency: number;
  /** Samples of a frame of the core: 1024, or 960 in broadcasts. */
  readonly frameLength: number;
}

const AOT_SBR = 5;
const AOT_PS = 29;
const AOT_BSAC = 22;
const AOT_ESCAPE = 31;
/** Object types that continue with a GASpecificConfig (table 1.15). */
const GENERAL_AUDIO: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);
/** The error-resilient ones of these, with epConfig behind it. */
const ERROR_RESILIENT: ReadonlySet<number> = new Set([17, 19, 20, 21, 22, 23]);
const SYNC_SBR = 0x2b7;
const SYNC_PS = 0x548;
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8] as const;

/** Throws LVG_MEDIA if it is cut short or names a reserved frequency. */
export function parseAudioSpecificConfig(bytes: Buffer): AudioSpecificConfig {
  const input = new BitReader(bytes, 'AudioSpecificConfig');
  const head = readHead(input);
  const general = GENERAL_AUDIO.has(head.objectType) ? readGeneralAudio(input, head) : NO_GENERAL_AUDIO;
  const { signalled, ...config } = head;
  const extension = signalled ?? readSyncExtension(input) ?? NO_EXTENSION;
  return {
    ...config,
    channels: CHANNELS[head.channelConfiguration] || (general.programConfig?.channels ?? 0),
    programConfig: general.programConfig ?? largeLayout(head),
    frameLength: general.frameLength,
    sbr: extension.sbr,
    ps: extension.ps,
    outputFrequency: extension.frequency ?? head.samplingFrequency,
  };
}

function largeLayout({ channelConfiguration, objectType, ...head }: Head): ProgramConfig | undefined {
  return buildProgramConfig(channelConfiguration, { objectType, frequencyIndex: adtsFrequencyIndex(head) });
}

interface Extension {
  readonly sbr: boolean;
  readonly ps: boolean;
  readonly frequency: number | undefined;
}

const NO_EXTENSION: Extension = { sbr: false, ps: false, frequency: undefined };

interface Head extends Pick<
  AudioSpecificConfig,
  'objectType' | 'samplingFrequency' | 'samplingFrequencyIndex' | 'channelConfiguration'
> {
  /** SBR or PS come first ("hierarchical signalling"). */
  readonly signalled: Extension | undefined;
}

function readHead(input: BitReader): Head {
  const objectType = readObjectType(input);
  const [samplingFrequencyIndex, samplingFrequency] = readFrequency(input);
  const channelConfiguration = input.bits(4);
  const base = { samplingFrequencyIndex, samplingFrequency, channelConfiguration };
  if (objectType !== AOT_SBR && objectType !== AOT_PS) return { ...base, objectType, signalled: undefined };
  const [, frequency] = readFrequency(input);
  const coreType = readObjectType(input);
  if (coreType === AOT_BSAC) input.skip(4);
  return { ...base, objectType: coreType, signalled: { sbr: true, ps: objectType === AOT_PS, frequency } };
}

function readObjectType(input: BitReader): number {
  const type = input.bits(5);
  return type === AOT_ESCAPE ? 32 + input.bits(6) : type;
}

function readFrequency(input: BitReader): [index: number, frequency: number] {
  const index = input.bits(4);
  const frequency = index === EXPLICIT_FREQUENCY ? input.bits(24) : SAMPLING_FREQUENCIES[index];
  if (frequency === undefined || frequency === 0)
    throw input.fault(`samplingFrequencyIndex ${index} is reserved`);
  return [index, frequency];
}

interface GeneralAudio {
  readonly programConfig: ProgramConfig | undefined;
  readonly frameLength: number;
}

const NO_GENERAL_AUDIO: GeneralAudio = { programConfig: undefined, frameLength: 1024 };

// GASpecificConfig (clause 4.4.1). Some encoders stop in the middle of it.
function readGeneralAudio(input: BitReader, head: Head): GeneralAudio {
  if (input.remaining < 3) return NO_GENERAL_AUDIO;
  const frameLength = input.flag() ? 960 : 1024;
  if (input.flag()) input.skip(14);
  const extended = input.flag();
  const programConfig = head.channelConfiguration === 0 ? readProgramConfig(input) : undefined;
  if (head.objectType === 6 || head.objectType === 20) input.skip(3);
  if (extended) skipGeneralAudioExtension(input, head.objectType);
  if (ERROR_RESILIENT.has(head.objectType)) input.skip(Math.min(2, input.remaining));
  return { programConfig, frameLength };
}

function skipGeneralAudioExtension(input: BitReader, objectType: number): void {
  if (objectType === AOT_BSAC) input.skip(16);
  if (objectType === 17 || objectType === 19 || objectType === 20 || objectType === 23) input.skip(3);
  // extensionFlag3
  input.skip(1);
}

// Backward compatible signalling, behind the part that old decoders read (clause 1.6.6).
function readSyncExtension(input: BitReader): Extension | undefined {
  if (input.remaining < 16 || input.bits(11) !== SYNC_SBR) return undefined;
  if (readObjectType(input) !== AOT_SBR || input.remaining < 1 || !input.flag()) return undefined;
  const [, frequency] = readFrequency(input);
  const ps = input.remaining >= 12 && input.bits(11) === SYNC_PS && input.flag();
  return { sbr: true, ps, frequency };
}

/** Two bytes for AAC without extensions, five if the frequency has no index. Throws LVG_MEDIA for other types. */
export function buildAudioSpecificConfig(
  config: Pick<AudioSpecificConfig, 'objectType' | 'samplingFrequency' | 'channelConfiguration'>,
): Buffer {
  const { objectType, samplingFrequency, channelConfiguration } = config;
  if (objectType < 1 || objectType > 4 || channelConfiguration > 15) {
    throw new LivegoError(
      'LVG_MEDIA',
      `audio object type ${objectType}, ${channelConfiguration} channels: not plain AAC`,
    );
  }
  const index = (SAMPLING_FREQUENCIES as readonly number[]).indexOf(samplingFrequency);
  if (index !== -1) {
    return Buffer.of((objectType << 3) | (index >> 1), ((index & 1) << 7) | (channelConfiguration << 3));
  }
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8((objectType << 3) | (EXPLICIT_FREQUENCY >> 1), 0);
  bytes.writeUInt32BE((0x80000000 | (samplingFrequency << 7) | (channelConfiguration << 3)) >>> 0, 1);
  return bytes;
}

/** `mp4a.40.2`, `.5` with SBR, `.29` with PS as well (RFC 6381 clause 3.3). */
export function aacCodecString(config: Pick<AudioSpecificConfig, 'objectType' | 'sbr' | 'ps'>): string {
  const type = config.ps ? AOT_PS : config.sbr ? AOT_SBR : config.objectType;
  return `mp4a.40.${type}`;
}

/** The frequency as ADTS can say it, which has no room for one written out. */
export function adtsFrequencyIndex(
  config: Pick<AudioSpecificConfig, 'samplingFrequency' | 'samplingFrequencyIndex'>,
): number {
  return config.samplingFrequencyIndex === EXPLICIT_FREQUENCY
    ? nearestFrequencyIndex(config.samplingFrequency)
    : config.samplingFrequencyIndex;
}
