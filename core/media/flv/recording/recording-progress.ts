// What is known of a recording while it is written, or read again: its tracks, its length, where it can be entered.
import type { PacketInfo } from '../../packet.ts';
import type { FlvHeader } from '../file.ts';
import { KeyframeIndex, type KeyframePlace } from './keyframe-index.ts';
import type { RecordingSummary } from './recording-head.ts';

/** Without video a file can be entered anywhere; an entry of the index for each second is enough. */
const AUDIO_PLACE_MS = 1000;

export class RecordingProgress {
  readonly index: KeyframeIndex;
  #tracks: FlvHeader = { audio: false, video: false };
  #videoHeader: KeyframePlace | undefined;
  #lastTimestampMs = 0;
  #audioPlaceMs = -AUDIO_PLACE_MS;
  #mediaTags = 0;

  /** @param maxPlaces - of the index */
  constructor(maxPlaces: number) {
    this.index = new KeyframeIndex(maxPlaces);
  }

  get lastTimestampMs(): number {
    return this.#lastTimestampMs;
  }

  /** Tags that are audio or video, and no sequence headers. */
  get mediaTags(): number {
    return this.#mediaTags;
  }

  /** @param position - of the tag in the file */
  note(info: PacketInfo, timeMs: number, position: number): void {
    const { kind, header, keyframe, track } = info;
    if (kind === 'data') return;
    if (timeMs > this.#lastTimestampMs) this.#lastTimestampMs = timeMs;
    if (kind === 'video' ? !this.#tracks.video : !this.#tracks.audio) this.#addTrack(kind);
    if (header) {
      if (kind === 'video') this.#videoHeader ??= { timeMs, position };
      return;
    }
    this.#mediaTags++;
    if (keyframe && track === 0) this.index.add({ timeMs, position });
    else if (!this.#tracks.video && timeMs - this.#audioPlaceMs >= AUDIO_PLACE_MS) {
      this.#audioPlaceMs = timeMs;
      this.index.add({ timeMs, position });
    }
  }

  /** @param bytes - of the whole file */
  summarise(bytes: number): RecordingSummary {
    return {
      durationMs: this.#lastTimestampMs,
      bytes,
      lastTimestampMs: this.#lastTimestampMs,
      tracks: this.#tracks,
      videoHeader: this.#videoHeader,
      index: this.index,
    };
  }

  #addTrack(kind: 'audio' | 'video'): void {
    this.#tracks = { ...this.#tracks, [kind]: true };
    // Audio that came before the first picture is no place to enter a file with video.
    if (kind === 'video') this.index.cut(0);
  }
}
