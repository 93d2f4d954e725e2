// AAC in the form of ADTS, where FLV has the configuration once and then the frames alone.
import { configOfAdts, parseAdtsHeader, parseAudioSpecificConfig } from '../aac/index.ts';
import { LivegoError } from '../../errors.ts';
import { CODED_FRAMES, packetTypeOffset, SEQUENCE_START } from '../flv/enhanced-header.ts';
import { describeAudio } from '../flv/packet-info.ts';
import type { PacketInfo } from '../packet.ts';
import type { CorrectionReceiver } from './correction.ts';

const LEGACY_HEAD_BYTES = 2;
const LEGACY_AAC = 0xaf;
const ENHANCED = 0x90;
/** Packet type and FourCC. */
const ENHANCED_HEAD_BYTES = 5;
/** Frames of one message that are told apart; no encoder sends more. */
const MAX_FRAMES = 64;
/** Two frames may share a timestamp at the very start; so many are the publisher's way. */
const TELLING_FRAMES = 8;

export class AacCorrection {
  readonly #receiver: CorrectionReceiver;
  #configured = false;
  /** Milliseconds of a frame; 0 while that is not known. */
  #frameMs = 0;
  /** The timestamp that the publisher gave the last frame, how many before it had the same, and the one that it got. */
  #given = -1;
  #before = 0;
  #last = -1;
  /** Frames that had the timestamp of others. */
  #crowded = 0;

  constructor(receiver: CorrectionReceiver) {
    this.#receiver = receiver;
  }

  /**
   * Whether a message has nothing to be made right, as nearly all: a frame of the legacy form without an ADTS header, with a
   * timestamp of its own. Such messages need not be pushed.
   */
  isUsual(info: PacketInfo, timestamp: number, payload: Buffer): boolean {
    const isPlain = payload[0]! >> 4 === LEGACY_AAC >> 4 && payload[LEGACY_HEAD_BYTES] !== 0xff;
    if (!info.media || !isPlain || timestamp === this.#given || this.#before > 0) return false;
    this.#given = timestamp;
    this.#last = timestamp;
    return true;
  }

  push(info: PacketInfo, timestamp: number, payload: Buffer): void {
    const start = dataOffset(payload);
    if (start === 0) this.#receiver.message(info, timestamp, payload);
    else if (info.header) this.#header(info, timestamp, payload.subarray(start), payload);
    // No frame begins like that: it would be the end of one (ID_END).
    else if (info.media && payload[start] === 0xff && (payload[start + 1]! & 0xf6) === 0xf0)
      this.#frames(timestamp, payload.subarray(start), payload.subarray(0, start));
    else if (info.media) this.#receiver.message(info, this.#ownTime(timestamp), payload);
    else this.#receiver.message(info, timestamp, payload);
  }

  /** Some encoders give several frames the time of the first of them. Players that count on the times drop the others. */
  #ownTime(timestamp: number): number {
    if (timestamp === this.#given && this.#frameMs > 0) {
      this.#before++;
      this.#last = (timestamp + Math.round(this.#before * this.#frameMs)) >>> 0;
      if (++this.#crowded === TELLING_FRAMES) this.#receiver.corrected('crowded-audio');
      return this.#last;
    }
    // Rounding and a clock that is a little off must not put the next frame before the last one.
    const ahead = (this.#last - timestamp) | 0;
    const overlaps = this.#before > 0 && ahead > 0 && ahead < this.#frameMs;
    this.#given = timestamp;
    this.#before = 0;
    this.#last = overlaps ? this.#last : timestamp;
    return this.#last;
  }

  #header(info: PacketInfo, timestamp: number, data: Buffer, payload: Buffer): void {
    const adts = parseAdtsHeader(data);
    if (adts) {
      this.#receiver.corrected('adts');
      this.#sendHeader(data, timestamp, payload);
    } else if (this.#configure(data)) {
      this.#receiver.message(info, timestamp, payload);
    } else this.#receiver.corrected('bad-sequence-header');
  }

  #frames(timestamp: number, data: Buffer, head: Buffer): void {
    let offset = 0;
    let elapsed = 0;
    for (let count = 0; count < MAX_FRAMES && offset < data.length; count++) {
      const adts = parseAdtsHeader(data.subarray(offset));
      if (!adts) return;
      this.#receiver.corrected('adts');
      if (!this.#configured) this.#sendHeader(data.subarray(offset), timestamp, head);
      const frame = data.subarray(offset + adts.headerLength, offset + adts.frameLength);
      const payload = Buffer.concat([head, frame]);
      this.#receiver.message(describeAudio(payload), (timestamp + Math.round(elapsed)) >>> 0, payload);
      offset += adts.frameLength;
      elapsed += (adts.samples * 1000) / adts.samplingFrequency;
    }
  }

  /** False if the bytes are no configuration. */
  #configure(data: Buffer): boolean {
    try {
      const { frameLength, samplingFrequency } = parseAudioSpecificConfig(data);
      this.#configured = true;
      this.#frameMs = (frameLength * 1000) / samplingFrequency;
      return true;
    } catch (error) {
      if (error instanceof LivegoError) return false;
      throw error;
    }
  }

  #sendHeader(frame: Buffer, timestamp: number, like: Buffer): void {
    const config = configOfAdts(frame);
    if (!config || !this.#configure(config)) return;
    const payload = Buffer.concat([headerHead(like), config]);
    this.#receiver.message(describeAudio(payload), timestamp, payload);
  }
}

/** Where the data of a message begin; 0 if it is of another form than the usual ones. */
function dataOffset(payload: Buffer): number {
  if (payload[0]! >> 4 !== ENHANCED >> 4) return LEGACY_HEAD_BYTES;
  const at = packetTypeOffset(payload);
  const type = payload[at]! & 0x0f;
  return type === SEQUENCE_START || type === CODED_FRAMES ? at + ENHANCED_HEAD_BYTES : 0;
}

/** The head of a sequence header in the form of another message. */
function headerHead(like: Buffer): Buffer {
  if (like[0]! >> 4 !== ENHANCED >> 4) return Buffer.of(LEGACY_AAC, 0);
  return Buffer.from([ENHANCED | SEQUENCE_START, ...Buffer.from('mp4a', 'latin1')]);
}
