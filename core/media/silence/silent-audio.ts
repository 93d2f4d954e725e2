// Replaces the sound of a stream by silence in its own codec, so that players notice nothing but that.
//
// Timestamps, rates and the number of packets stay, so players need no new beginning, and pictures go on.
import { LivegoError } from '../../errors.ts';
import { parseAudioSpecificConfig } from '../aac/index.ts';
import { parseAudioTracks, type AudioBody } from '../flv/audio-body.ts';
import { MediaPacket } from '../packet.ts';
import { silentAacFrame, silentMp3Frames, silentOpusPacket } from './silent-frames.ts';

/** Audio object types whose frames have the form of AAC LC: Main, LC, SSR, LTP. */
const PLAIN_AAC: ReadonlySet<number> = new Set([1, 2, 3, 4]);
const SILENT_A_LAW = 0xd5;
const SILENT_MU_LAW = 0xff;
const SILENT_UNSIGNED = 0x80;

export class SilentAudio {
  /** By track: undefined where the channels are not known. */
  readonly #aacFrames = new Map<number, Buffer | undefined>();

  /** @param headers - of the stream at present */
  constructor(headers: readonly MediaPacket[]) {
    for (const header of headers) if (header.kind === 'audio') this.#noteHeader(header);
  }

  /**
   * A packet filter: everything but sound passes unchanged. A packet that cannot be replaced is left out: FLAC, AC-3,
   * Speex, Nellymoser, ADPCM, and messages of several tracks.
   */
  alter(packet: MediaPacket): MediaPacket | undefined {
    if (packet.kind !== 'audio') return packet;
    if (packet.header) {
      this.#noteHeader(packet);
      return packet;
    }
    const payload = this.#silence(packet.payload);
    return payload && new MediaPacket(packet.info, packet.timestamp, payload);
  }

  #silence(payload: Buffer): Buffer | undefined {
    const body = readBody(payload);
    if (!body) return undefined;
    // A header that is none of the kept ones, or the end of a sequence, has no sound.
    if (body.packetType !== 'coded-frames') return payload;
    const data = this.#silentData(body);
    return data && Buffer.concat([payload.subarray(0, payload.length - body.data.length), data]);
  }

  #silentData({ codec, data, sound, track }: AudioBody): Buffer | undefined {
    switch (codec) {
      case 'aac':
        return this.#aacFrames.get(track);
      case 'mp3':
        return silentMp3Frames(data);
      case 'opus':
        return silentOpusPacket(data);
      case 'g711a':
        return Buffer.alloc(data.length, SILENT_A_LAW);
      case 'g711u':
        return Buffer.alloc(data.length, SILENT_MU_LAW);
      case 'pcm':
        return sound ? Buffer.alloc(data.length, sound.sampleBits === 8 ? SILENT_UNSIGNED : 0) : undefined;
      default:
        return undefined;
    }
  }

  #noteHeader({ payload, codec }: MediaPacket): void {
    const body = codec === 'aac' ? readBody(payload) : undefined;
    if (!body) return;
    try {
      const { objectType, channelConfiguration } = parseAudioSpecificConfig(body.data);
      const frame = PLAIN_AAC.has(objectType) ? silentAacFrame(channelConfiguration) : undefined;
      this.#aacFrames.set(body.track, frame);
    } catch (error) {
      if (!(error instanceof LivegoError)) throw error;
      this.#aacFrames.set(body.track, undefined);
    }
  }
}

/** The only track of a message; undefined for one that is malformed, or has several. */
function readBody(payload: Buffer): AudioBody | undefined {
  try {
    const tracks = parseAudioTracks(payload);
    return tracks.length === 1 ? tracks[0] : undefined;
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
