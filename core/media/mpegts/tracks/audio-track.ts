// The audio of a segment: decoder configuration, frames in the form of a transport stream, and their times.
import {
  ADTS_HEADER_BYTES,
  beginsWithProgramConfig,
  buildSilentFrame,
  hasAdtsLayout,
  parseAudioSpecificConfig,
  writeAdtsHeader,
} from '../../aac/index.ts';
import type { AudioSpecificConfig } from '../../aac/index.ts';
import { measureAc3, measureMpegAudio, type FrameLength } from './audio-frame.ts';
import type { CodedAudio } from './coded-data.ts';
import { PES_PAYLOAD_LIMIT } from '../pes-header.ts';
import { SampleTimeline } from './sample-timeline.ts';
import { streamTypeOf, type StreamType } from '../stream-type.ts';
import { TICKS_PER_MS } from '../timestamp.ts';

/** The properties of all frames with the same codec and length. */
export interface FrameKind extends FrameLength {
  readonly streamType: StreamType;
  /** In 90 kHz ticks, not rounded. */
  readonly duration: number;
}

/** A frame of silence, ready to be written. */
export interface SilentFrame {
  readonly kind: FrameKind;
  readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);
const MAX_ADTS_FRAME = 0x1fff;
/** ADTS has two bits for the object type: Main, LC, SSR and LTP (ISO/IEC 14496-3, 1.A.2.2.1). */
const LAST_ADTS_OBJECT_TYPE = 4;

/** State of the audio elementary stream from one segment to the next. */
export class AudioTrack {
  readonly timeline = new SampleTimeline();
  #config: AudioSpecificConfig | undefined;
  #configBytes: Buffer | undefined;
  /** Frames of the configuration; undefined if ADTS cannot carry them. */
  #aac: FrameKind | undefined;
  #silence: SilentFrame | undefined;

  /** Silence for the present configuration, if it can be made. */
  get silence(): SilentFrame | undefined {
    return this.#silence;
  }

  /** Takes an AudioSpecificConfig. Throws `LVG_MEDIA`; the configuration before it stays. */
  configure(config: Buffer): void {
    this.#config = parseAudioSpecificConfig(config);
    this.#configBytes = Buffer.from(config);
    this.#aac = describeAac(this.#config);
    this.#silence = this.#aac && makeSilence(this.#config, this.#aac);
  }

  /** Whether this is the present AudioSpecificConfig. */
  isSetUpBy(config: Buffer): boolean {
    return this.#configBytes?.equals(config) === true;
  }

  /** The kind of a message's frames; undefined if they cannot be carried. Reads no frame of AAC. */
  kindOf(payload: Buffer, { codec, start, end }: CodedAudio): FrameKind | undefined {
    if (codec === 'aac') return this.#aac;
    if (codec === 'mp3') return describe(codec, measureMpegAudio(payload.subarray(start, end)));
    if (codec !== 'ac3' && codec !== 'eac3') return undefined;
    return describe(codec, measureAc3(payload.subarray(start, end)));
  }

  /** Bytes in the PES packet, with the ADTS header; 0 if there are none, or too many. */
  sizeOf(payload: Buffer, { codec, start, end }: CodedAudio): number {
    if (start >= end) return 0;
    if (codec !== 'aac') return end - start > PES_PAYLOAD_LIMIT ? 0 : end - start;
    const size = end - start + ADTS_HEADER_BYTES + this.#layoutBefore(payload, start).length;
    return size > MAX_ADTS_FRAME ? 0 : size;
  }

  /** Writes `sizeOf` bytes. */
  write(payload: Buffer, { codec, start, end }: CodedAudio, target: Buffer, offset: number): void {
    if (codec !== 'aac' || this.#config === undefined) {
      payload.copy(target, offset, start, end);
      return;
    }
    const layout = this.#layoutBefore(payload, start);
    const to = offset + ADTS_HEADER_BYTES + layout.length;
    // The whole message, its head under the ADTS header, is the cheapest copy: one of a part makes a view first.
    if (start <= ADTS_HEADER_BYTES && end === payload.length) target.set(payload, to - start);
    else payload.copy(target, to, start, end);
    if (layout.length > 0) target.set(layout, offset + ADTS_HEADER_BYTES);
    writeAdtsHeader(this.#config, layout.length + end - start, target, offset);
  }

  /** The layout of the channels, which ADTS has no place for, if the frame does not say it itself. */
  #layoutBefore(payload: Buffer, start: number): Buffer {
    const layout = this.#config?.programConfig?.bytes;
    return layout === undefined || beginsWithProgramConfig(payload[start]!) ? NO_BYTES : layout;
  }
}

function makeSilence(config: AudioSpecificConfig, kind: FrameKind): SilentFrame | undefined {
  const frame = buildSilentFrame(config);
  if (frame === undefined) return undefined;
  const block = Buffer.concat([config.programConfig?.bytes ?? NO_BYTES, frame]);
  const bytes = Buffer.alloc(ADTS_HEADER_BYTES + block.length);
  block.copy(bytes, writeAdtsHeader(config, block.length, bytes, 0));
  return { kind, bytes };
}

function describeAac(config: AudioSpecificConfig): FrameKind | undefined {
  if (config.objectType < 1 || config.objectType > LAST_ADTS_OBJECT_TYPE || config.samplingFrequency <= 0) {
    return undefined;
  }
  if (!hasAdtsLayout(config)) return undefined;
  return describe('aac', { samples: config.frameLength, frequency: config.samplingFrequency });
}

function describe(
  codec: 'aac' | 'mp3' | 'ac3' | 'eac3',
  length: FrameLength | undefined,
): FrameKind | undefined {
  if (length === undefined) return undefined;
  const { samples, frequency } = length;
  const streamType = streamTypeOf(codec, frequency);
  if (streamType === undefined) return undefined;
  return { streamType, samples, frequency, duration: (samples * 1000 * TICKS_PER_MS) / frequency };
}
