// Notes when packets of one stream came: frame rates, keyframe intervals, drift between tracks.
import type { MediaPacket } from '../../media/packet.ts';
import type { StreamTiming } from '../stream-view.ts';

export class PacketTiming {
  #videoFrames = 0;
  #audioFrames = 0;
  #videoTimestamp: number | undefined;
  #audioTimestamp: number | undefined;
  #keyframeTimestamp: number | undefined;
  /** Frames before the last keyframe. */
  #framesAtKeyframe = 0;
  #gopMs: number | undefined;
  #gopFrames: number | undefined;
  #reorderedFrames = 0;

  get all(): StreamTiming {
    return {
      videoFrames: this.#videoFrames,
      audioFrames: this.#audioFrames,
      videoTimestamp: this.#videoTimestamp,
      audioTimestamp: this.#audioTimestamp,
      keyframeTimestamp: this.#keyframeTimestamp,
      gopMs: this.#gopMs,
      gopFrames: this.#gopFrames,
      reorderedFrames: this.#reorderedFrames,
    };
  }

  note(packet: MediaPacket): void {
    const { info } = packet;
    if (info.header || info.track !== 0) return;
    if (info.kind === 'audio') {
      this.#audioFrames++;
      this.#audioTimestamp = packet.timestamp;
    } else if (info.kind === 'video') this.#noteVideo(packet);
  }

  #noteVideo({ info, timestamp, payload }: MediaPacket): void {
    if (info.keyframe) this.#noteKeyframe(timestamp);
    this.#videoFrames++;
    this.#videoTimestamp = timestamp;
    if (isReordered(payload)) this.#reorderedFrames++;
  }

  // Several slices of one picture may come as messages of the same time.
  #noteKeyframe(timestamp: number): void {
    const last = this.#keyframeTimestamp;
    if (last === timestamp) return;
    if (last !== undefined && timestamp > last) {
      this.#gopMs = timestamp - last;
      this.#gopFrames = this.#videoFrames - this.#framesAtKeyframe;
    }
    this.#keyframeTimestamp = timestamp;
    this.#framesAtKeyframe = this.#videoFrames;
  }
}

/** The end of the FourCCs avc1, hvc1 and vvc1. */
const VC1 = 0x766331;

/** CodecID 7 (AVC) in the legacy form, and CodedFrames of avc1, hvc1 and vvc1 in the enhanced one, have a composition time. */
function isReordered(payload: Buffer): boolean {
  if (payload.length < 8) return false;
  const first = payload[0]!;
  if (first < 0x80) return (first & 0x0f) === 7 && payload[1] === 1 && payload.readUIntBE(2, 3) !== 0;
  return (first & 0x0f) === 1 && payload.readUIntBE(2, 3) === VC1 && payload.readUIntBE(5, 3) !== 0;
}
