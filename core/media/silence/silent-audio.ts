// Replaces the sound of a stream by silence in its own codec, so that players notice nothing but that.
//
// Timestamps, rates and the number of packets stay, so players need no new beginning, and pictures go on.
import { LivegoError } from '../../errors.ts';
import { parseAudioSpecificConfig } from '../aac/index.ts';
import { audioTracksHaveLengths, parseAudioTracks, type AudioBody } from '../flv/audio-body.ts';
import { MediaPacket } from '../packet.ts';
import { silentAacFrame, silentFlacFrame, silentMp3Frames, silentOpusPacket } from './silent-frames.ts';

/** Audio object types whose frames have the form of AAC LC: Main, LC, SSR, LTP. */
const PLAIN_AAC: ReadonlySet<number> = new Set([1, 2, 3, 4]);
/** Before the data of each track, where a message may have several. */
const LENGTH_BYTES = 3;
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
   * A packet filter: everything but sound passes unchanged. A packet that cannot be replaced is left out: AC-3, Speex,
   * Nellymoser, ADPCM.
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
    const tracks = readTracks(payload);
    if (!tracks) return undefined;
    const isSized = audioTracksHaveLengths(payload);
    const pieces: Buffer[] = [];
    let at = 0;
    for (const track of tracks) {
      // A header that is none of the kept ones, or the end of a sequence, has no sound.
      const data = track.packetType === 'coded-frames' ? this.#silentData(track) : track.data;
      if (!data) return undefined;
      const start = track.data.byteOffset - payload.byteOffset;
      const head = Buffer.from(payload.subarray(at, start));
      if (isSized) head.writeUIntBE(data.length, head.length - LENGTH_BYTES, LENGTH_BYTES);
      pieces.push(head, data);
      at = start + track.data.length;
    }
    return Buffer.concat(pieces);
  }

  #silentData({ codec, data, sound, track }: AudioBody): Buffer | undefined {
    switch (codec) {
      case 'aac':
        return this.#aacFrames.get(track);
      case 'mp3':
        return silentMp3Frames(data);
      case 'flac':
        return silentFlacFrame(data);
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
    const tracks = (codec === 'aac' && readTracks(payload)) || [];
    for (const { track, data } of tracks) this.#aacFrames.set(track, silentFrameOf(data));
  }
}

/** Undefined where the channels are not known. */
function silentFrameOf(config: Buffer): Buffer | undefined {
  try {
    const { objectType, channelConfiguration } = parseAudioSpecificConfig(config);
    return PLAIN_AAC.has(objectType) ? silentAacFrame(channelConfiguration) : undefined;
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}

/** The tracks of a message; undefined for one that is malformed, or has none. */
function readTracks(payload: Buffer): readonly AudioBody[] | undefined {
  try {
    const tracks = parseAudioTracks(payload);
    return tracks.length > 0 ? tracks : undefined;
  } catch (error) {
    if (error instanceof LivegoError) return undefined;
    throw error;
  }
}
