// Viewers that get nothing until a keyframe arrives: those that joined without a GOP cache, and those that fell behind.
import type { MediaPacket } from '../media/packet.ts';
import type { Viewer } from './viewer.ts';

/** Encoders with periodic intra refresh may never send a second keyframe. After this long, viewers start without one. */
const KEYFRAME_PATIENCE_MS = 20_000;

interface WaitingViewer {
  readonly viewer: Viewer;
  /** Stream time at which it began to wait; unknown until the next packet. */
  since: number | undefined;
}

export class WaitingViewers {
  /** Replaced, never changed: viewers may join and leave while they are looked at. */
  #waiting: readonly WaitingViewer[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  *[Symbol.iterator](): Generator<Viewer> {
    for (const { viewer } of this.#waiting) yield viewer;
  }

  add(viewers: readonly Viewer[]): void {
    if (viewers.length === 0) return;
    this.#waiting = [...this.#waiting, ...viewers.map((viewer) => ({ viewer, since: undefined }))];
  }

  remove(viewer: Viewer): void {
    if (this.#waiting.some((each) => each.viewer === viewer))
      this.#waiting = this.#waiting.filter((each) => each.viewer !== viewer);
  }

  clear(): void {
    this.#waiting = [];
  }

  /**
   * Removes and returns those that have caught up and can start with this packet.
   * @param startable - whether a decoder can start with it
   */
  takeStarting(packet: MediaPacket, startable: boolean): readonly Viewer[] {
    const starting: Viewer[] = [];
    const waiting: WaitingViewer[] = [];
    for (const each of this.#waiting) {
      each.since ??= packet.timestamp;
      const patienceOver = packet.timestamp - each.since > KEYFRAME_PATIENCE_MS && !packet.header;
      if ((startable || patienceOver) && each.viewer.canResume()) starting.push(each.viewer);
      else waiting.push(each);
    }
    this.#waiting = waiting;
    for (const each of waiting) {
      // The stream has keyframes, so another one will follow. Patience is for streams without.
      if (startable) each.since = packet.timestamp;
      if (each.viewer.state !== 'current') each.viewer.countDropped(1, packet.payload.length);
    }
    return starting;
  }
}
