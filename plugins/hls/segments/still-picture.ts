// The last keyframe again and again beside sound whose picture has left: players that had a picture stop without one.
import { MediaPacket } from 'livego/media';

/** Often enough for a player to have a picture until shortly before the end of each segment. */
const INTERVAL_MS = 1000;
/** Video may come this much later than audio of the same time. */
const DELAY_MS = 500;

export class StillPicture {
  #keyframe: MediaPacket | undefined;
  /** The sequence header by which it can be decoded. */
  #header: Buffer | undefined;
  /** Timestamp of the last picture, or still. */
  #last = 0;
  #standing = false;

  /** Whether it is shown instead of the publisher's pictures. */
  get standing(): boolean {
    return this.#standing;
  }

  /** It is shown from now on, in place of pictures that have not come. */
  begin(keyframe: MediaPacket): void {
    this.#keyframe = keyframe;
    this.#last = keyframe.timestamp;
    this.#standing = true;
  }

  /**
   * Takes note of a video packet. False for a picture that is to be left out: it refers to pictures that the still has
   * replaced.
   */
  admits(packet: MediaPacket): boolean {
    if (packet.header) {
      // By another sequence header than its own the keyframe cannot be decoded.
      if (this.#header?.equals(packet.payload) !== true) this.#keyframe = undefined;
      this.#header = packet.payload;
      return true;
    }
    if (!packet.media) return true;
    if (this.#standing && !(packet.keyframe && packet.timestamp > this.#last)) return false;
    this.#standing = false;
    if (packet.keyframe) this.#keyframe = packet;
    this.#last = packet.timestamp;
    return true;
  }

  /** The still that is due beside audio at that time. @param afterMs - without a picture */
  dueBeside(audio: number, afterMs: number): MediaPacket | undefined {
    const keyframe = this.#keyframe;
    if (!keyframe || audio - this.#last < (this.#standing ? INTERVAL_MS + DELAY_MS : afterMs))
      return undefined;
    this.#standing = true;
    this.#last = audio - DELAY_MS;
    return new MediaPacket(keyframe.info, this.#last, keyframe.payload);
  }
}
