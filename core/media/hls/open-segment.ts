// The segment that packets are being appended to.
import type { MediaPacket } from '../packet.ts';

export class OpenSegment {
  /** Timestamp of the first packet. */
  readonly start: number;
  #bytes = 0;
  #hasAudio = false;
  /** Undefined until the segment has video. */
  #startsAtKeyframe: boolean | undefined;

  constructor(start: number) {
    this.start = start;
  }

  /** Bytes of payload. */
  get bytes(): number {
    return this.#bytes;
  }

  get hasAudio(): boolean {
    return this.#hasAudio;
  }

  get hasVideo(): boolean {
    return this.#startsAtKeyframe !== undefined;
  }

  /** The segment's video begins with a keyframe, or it has none. */
  get independent(): boolean {
    return this.#startsAtKeyframe ?? true;
  }

  take(packet: MediaPacket): void {
    this.#bytes += packet.payload.length;
    if (packet.kind === 'video') this.#startsAtKeyframe ??= packet.keyframe;
    else this.#hasAudio = true;
  }
}
