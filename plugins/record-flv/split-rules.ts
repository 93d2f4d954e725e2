// When a recording continues in a new file.
import type { MediaPacket } from 'livego/media';
import type { RecordingFile } from './recording-file.ts';
import type { RecordOptions } from './schema.ts';

/** 24 days. FLV has 32 bits of milliseconds, of which many players and tools read 31. */
const MAX_FILE_MS = 24 * 24 * 3600 * 1000;

export class SplitRules {
  #requested = false;
  #groupStart = 0;
  #lastGroupBytes = 0;

  /** The next packet that can begin a file does. */
  request(): void {
    this.#requested = true;
  }

  /** A new file has begun. */
  restart(): void {
    this.#requested = false;
    this.#groupStart = 0;
    this.#lastGroupBytes = 0;
  }

  /** @param bytes - of the file at the keyframe */
  noteKeyframe(bytes: number): void {
    if (this.#groupStart > 0) this.#lastGroupBytes = bytes - this.#groupStart;
    this.#groupStart = bytes;
  }

  /** Whether a packet that can begin a file should. */
  wantCut(file: RecordingFile, packet: MediaPacket, { maxSeconds, maxBytes }: RecordOptions): boolean {
    if (this.#requested) return true;
    const ageMs = file.ageAt(packet);
    if (ageMs >= MAX_FILE_MS || (maxSeconds > 0 && ageMs >= maxSeconds * 1000)) return true;
    const group = packet.keyframe ? file.bytes - this.#groupStart : packet.payload.length;
    const expected = file.bytes + Math.max(group, this.#lastGroupBytes);
    return maxBytes > 0 && expected > maxBytes;
  }
}
