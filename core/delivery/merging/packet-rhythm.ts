// When the next packet of a stream is due. Frames of a track follow each other at even distances, so it can be told in advance
// whether waiting a few milliseconds will bring company for a packet or nothing at all.
import type { MediaPacket } from '../../media/packet.ts';

/** A longer step is a pause and no rhythm, in milliseconds of stream time. */
const MAX_STEP_MS = 250;

/** A packet that is later than this is not expected any more: its track has paused, or its frames have become rarer. */
const MAX_LATE_MS = 25;

class Track {
  #last = -Infinity;
  #step = Infinity;

  note(timestamp: number): void {
    const step = timestamp - this.#last;
    // Several packets of one picture, or jitter that runs backwards, leave the rhythm as it is.
    if (step > 0) this.#step = step <= MAX_STEP_MS ? step : Infinity;
    this.#last = timestamp;
  }

  /** Stream time at which its next packet is due; Infinity while there is no rhythm. */
  get due(): number {
    return this.#last + this.#step;
  }
}

/** The rhythm of one audio and one video track. Those beside them are sent along with them. */
export class PacketRhythm {
  readonly #audio = new Track();
  readonly #video = new Track();

  note({ info, timestamp }: MediaPacket): void {
    if (!info.media || info.track !== 0) return;
    if (info.kind === 'video') this.#video.note(timestamp);
    else if (info.kind === 'audio') this.#audio.note(timestamp);
  }

  /**
   * Whether another packet is due soon, all in milliseconds of stream time.
   * @param now - the time of the packet that came last
   * @param until - a packet that is due later is not waited for
   */
  expects(now: number, until: number): boolean {
    return isBetween(this.#audio.due, now, until) || isBetween(this.#video.due, now, until);
  }
}

function isBetween(due: number, now: number, until: number): boolean {
  return due <= until && due >= now - MAX_LATE_MS;
}
