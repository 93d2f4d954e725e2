// Frames of AAC and MP3, from PES packets to the bodies of FLV tags. A frame may begin in one packet and end in the next.
import { configOfAdts, parseAdtsHeader } from '../../aac/index.ts';
import { parseMp3FrameHeader } from '../../mp3/index.ts';
import type { PesPacket } from './pes-packet.ts';

/** The body of an FLV audio tag. */
export interface AudioBody {
  readonly body: Buffer;
  /** Ticks of 90 kHz; it may pass 33 bits. */
  readonly ticks: number;
}

interface Frame {
  readonly byteLength: number;
  readonly ticks: number;
  /** Undefined for a frame that FLV cannot carry. */
  readonly data: Buffer | undefined;
  readonly config: Buffer | undefined;
}

const NOTHING = Buffer.alloc(0);
/** More than the header of a frame takes. */
const MIN_BYTES = 7;
const TICKS_PER_SECOND = 90_000;
const SAMPLES = 1024;

/** SoundFormat, then 44 kHz, 16 bits and stereo, which AAC must have and MP3 may say (FLV spec E.4.2.1). */
const AAC_HEAD = 0xaf;
const MP3_HEAD = Buffer.of(0x2f);
const AAC_FRAME_HEAD = Buffer.of(AAC_HEAD, 1);

export class AudioFrames {
  readonly #parse: (bytes: Buffer, known: Buffer | undefined) => Frame | undefined;
  readonly #head: Buffer;
  #config: Buffer | undefined;
  /** For frames that do not say where their channels belong. */
  #known: Buffer | undefined;
  #rest: Buffer = NOTHING;
  /** When the frame begins that the rest is of. */
  #restTicks = 0;

  /** @param known - AudioSpecificConfig that an earlier part of the file has told */
  constructor(codec: 'aac' | 'mp3', known?: Buffer) {
    this.#known = known;
    this.#parse = codec === 'aac' ? parseAac : parseMp3;
    this.#head = codec === 'aac' ? AAC_FRAME_HEAD : MP3_HEAD;
  }

  read({ payload, pts }: Pick<PesPacket, 'payload' | 'pts'>): AudioBody[] {
    const carried = this.#rest.length;
    const bytes = carried === 0 ? payload : Buffer.concat([this.#rest, payload]);
    const bodies: AudioBody[] = [];
    let at = 0;
    let ticks = carried === 0 ? pts : this.#restTicks;
    let isTimed = carried === 0;
    while (at + MIN_BYTES <= bytes.length) {
      const frame = this.#parse(bytes.subarray(at), this.#known);
      if (frame && at + frame.byteLength > bytes.length) break;
      // The time of the packet is that of the first frame that begins in it.
      if (!isTimed && at >= carried) [ticks, isTimed] = [pts, true];
      if (frame) this.#add(frame, ticks, bodies);
      at += frame?.byteLength ?? 1;
      ticks += frame?.ticks ?? 0;
    }
    this.#rest = bytes.subarray(at);
    this.#restTicks = !isTimed && at >= carried ? pts : ticks;
    return bodies;
  }

  #add({ data, config }: Frame, ticks: number, bodies: AudioBody[]): void {
    if (!data) return;
    if (config && !this.#config?.equals(config)) {
      this.#config = config;
      this.#known = config;
      bodies.push({ body: Buffer.concat([Buffer.of(AAC_HEAD, 0), config]), ticks });
    }
    bodies.push({ body: Buffer.concat([this.#head, data]), ticks });
  }
}

function parseAac(bytes: Buffer, known: Buffer | undefined): Frame | undefined {
  const header = parseAdtsHeader(bytes);
  if (!header) return undefined;
  const { frameLength, headerLength, samples, samplingFrequency } = header;
  // An encoder may lay out the channels in its first frame alone.
  const config = configOfAdts(bytes, header) ?? known;
  // Several blocks in one frame are no frame of FLV.
  const isPlain = samples === SAMPLES && config !== undefined;
  return {
    byteLength: frameLength,
    ticks: (samples * TICKS_PER_SECOND) / samplingFrequency,
    data: isPlain ? bytes.subarray(headerLength, frameLength) : undefined,
    config,
  };
}

function parseMp3(bytes: Buffer): Frame | undefined {
  const header = parseMp3FrameHeader(bytes);
  if (!header?.frameLength) return undefined;
  const { frameLength, samples, samplingFrequency, layer } = header;
  const data = layer === 3 ? bytes.subarray(0, frameLength) : undefined;
  const ticks = (samples * TICKS_PER_SECOND) / samplingFrequency;
  return { byteLength: frameLength, ticks, data, config: undefined };
}
