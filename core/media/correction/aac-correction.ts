// AAC in the form of ADTS, where FLV has the configuration once and then the frames alone.
import { buildAudioSpecificConfig, parseAdtsHeader, parseAudioSpecificConfig } from '../aac/index.ts';
import type { AdtsHeader } from '../aac/index.ts';
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

/** Whether a message has nothing to be made right, as nearly all: a frame of the legacy form without an ADTS header. */
export function isUsualAac(info: PacketInfo, payload: Buffer): boolean {
  return info.media && payload[0]! >> 4 === LEGACY_AAC >> 4 && payload[LEGACY_HEAD_BYTES] !== 0xff;
}

export class AacCorrection {
  readonly #receiver: CorrectionReceiver;
  #configured = false;

  constructor(receiver: CorrectionReceiver) {
    this.#receiver = receiver;
  }

  push(info: PacketInfo, timestamp: number, payload: Buffer): void {
    const start = dataOffset(payload);
    if (start === 0) this.#receiver.message(info, timestamp, payload);
    else if (info.header) this.#header(info, timestamp, payload.subarray(start), payload);
    // No frame begins like that: it would be the end of one (ID_END).
    else if (info.media && payload[start] === 0xff && (payload[start + 1]! & 0xf6) === 0xf0)
      this.#frames(timestamp, payload.subarray(start), payload.subarray(0, start));
    else this.#receiver.message(info, timestamp, payload);
  }

  #header(info: PacketInfo, timestamp: number, data: Buffer, payload: Buffer): void {
    const adts = parseAdtsHeader(data);
    if (adts) {
      this.#receiver.corrected('adts');
      this.#sendHeader(adts, timestamp, payload);
    } else if (isConfiguration(data)) {
      this.#configured = true;
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
      if (!this.#configured) this.#sendHeader(adts, timestamp, head);
      const frame = data.subarray(offset + adts.headerLength, offset + adts.frameLength);
      const payload = Buffer.concat([head, frame]);
      this.#receiver.message(describeAudio(payload), (timestamp + Math.round(elapsed)) >>> 0, payload);
      offset += adts.frameLength;
      elapsed += (adts.samples * 1000) / adts.samplingFrequency;
    }
  }

  #sendHeader(adts: AdtsHeader, timestamp: number, like: Buffer): void {
    const config = buildAudioSpecificConfig(adts);
    if (!isConfiguration(config)) return;
    this.#configured = true;
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

function isConfiguration(data: Buffer): boolean {
  try {
    parseAudioSpecificConfig(data);
    return true;
  } catch (error) {
    if (error instanceof LivegoError) return false;
    throw error;
  }
}
