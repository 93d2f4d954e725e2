// The audio of a segment: decoder configuration, frames as a transport stream wants them, and their times.
import { ADTS_HEADER_BYTES, parseAudioSpecificConfig, writeAdtsHeader } from '../aac/index.ts';
import type { AudioSpecificConfig } from '../aac/index.ts';
import type { AudioCodec } from '../../stream/packet.ts';
import { measureAc3, measureMpegAudio, type FrameLength } from './audio-frame.ts';
import { copyBytes } from './copy.ts';
import { PES_PAYLOAD_LIMIT } from './pes-header.ts';
import { SampleTimeline } from './sample-timeline.ts';
import { streamTypeOf, type StreamType } from './stream-type.ts';
import { TICKS_PER_MS } from './timestamp.ts';

/** A frame that `AudioTrack.measure` has found fit. */
export interface AudioFrame {
  readonly streamType: StreamType;
  /** Bytes in the PES packet, with the ADTS header. */
  readonly size: number;
  readonly samples: number;
  /** Samples per second. */
  readonly frequency: number;
  /** In 90 kHz ticks, not rounded. */
  readonly duration: number;
}

const LONGEST_ADTS_FRAME = 0x1fff;
/** ADTS has two bits for the object type: Main, LC, SSR and LTP (ISO/IEC 14496-3, 1.A.2.2.1). */
const LAST_ADTS_OBJECT_TYPE = 4;

/** State of the audio elementary stream from one segment to the next. */
export class AudioTrack {
  readonly timeline = new SampleTimeline();
  #config: AudioSpecificConfig | undefined;

  /** Takes an AudioSpecificConfig. Throws `LVG_MEDIA`; the configuration before it stays. */
  configure(config: Buffer): void {
    this.#config = parseAudioSpecificConfig(config);
  }

  /** What one message's frames are in the segment; undefined when they cannot be carried. */
  measure(codec: AudioCodec, data: Buffer): AudioFrame | undefined {
    if (data.length === 0) return undefined;
    const length = this.#lengthOf(codec, data);
    const size = data.length + (codec === 'aac' ? ADTS_HEADER_BYTES : 0);
    if (length === undefined || size > (codec === 'aac' ? LONGEST_ADTS_FRAME : PES_PAYLOAD_LIMIT)) {
      return undefined;
    }
    const { samples, frequency } = length;
    const streamType = streamTypeOf(codec, frequency);
    if (streamType === undefined) return undefined;
    return { streamType, size, samples, frequency, duration: (samples * 1000 * TICKS_PER_MS) / frequency };
  }

  /** Writes the frames that were measured; `size` bytes. */
  write(codec: AudioCodec, data: Buffer, target: Buffer, offset: number): void {
    let to = offset;
    if (codec === 'aac' && this.#config !== undefined) {
      to = writeAdtsHeader(this.#config, data.length, target, to);
    }
    copyBytes(target, to, data, 0, data.length);
  }

  #lengthOf(codec: AudioCodec, data: Buffer): FrameLength | undefined {
    if (codec === 'mp3') return measureMpegAudio(data);
    if (codec === 'ac3' || codec === 'eac3') return measureAc3(data);
    const config = this.#config;
    if (codec !== 'aac' || config === undefined) return undefined;
    if (config.objectType < 1 || config.objectType > LAST_ADTS_OBJECT_TYPE || config.samplingFrequency <= 0) {
      return undefined;
    }
    return { samples: config.frameLength, frequency: config.samplingFrequency };
  }
}
