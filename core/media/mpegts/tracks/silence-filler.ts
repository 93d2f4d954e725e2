// Where silence stands in for audio that is missing beside video. Players stop at a hole in the audio, although there is
// video: a muted microphone that sends nothing would stop them all.
import { buildSilentFrame, parseAudioSpecificConfig } from '../../aac/index.ts';
import { LivegoError } from '../../../errors.ts';
import { parseAudioBody } from '../../flv/tag-body.ts';
import type { MediaPacket } from '../../packet.ts';
import { TICKS_PER_MS } from '../timestamp.ts';

/** Audio may come this much later than video of the same time, and later still if it has done so before. */
const PATIENCE = 500 * TICKS_PER_MS;
/** A hole that is shorter is left to players. */
const MIN_HOLE = 250 * TICKS_PER_MS;
/** A longer hole is no pause: the stream is elsewhere. */
const MAX_HOLE = 60_000 * TICKS_PER_MS;

/** Whether silence can stand in for audio with this sequence header. */
export function canBeSilent({ codec, payload }: MediaPacket): boolean {
  if (codec !== 'aac') return false;
  try {
    return buildSilentFrame(parseAudioSpecificConfig(parseAudioBody(payload).data)) !== undefined;
  } catch (error) {
    if (error instanceof LivegoError) return false;
    throw error;
  }
}

/** Counts frames of silence. All times and durations are in ticks. */
export class SilenceFiller {
  /** Time of the last video frame. */
  #video = Number.NEGATIVE_INFINITY;
  /** The latest that audio has come after video of the same time. */
  #delay = 0;
  #filling = false;

  /** The last audio frame was silence. */
  get filling(): boolean {
    return this.#filling;
  }

  /** The next times are unrelated to those so far. */
  reset(): void {
    this.#video = Number.NEGATIVE_INFINITY;
    this.#delay = 0;
    this.#filling = false;
  }

  /** Takes note of a video frame. Returns the frames of silence that are due at `next`, where audio should continue. */
  dueAt(video: number, next: number, duration: number): number {
    this.#video = video;
    const due = Math.floor((video - this.#patience - next) / duration);
    // Nothing is missing yet, or everything is: the times of the two have nothing to do with each other.
    if (due <= 0 || due * duration > MAX_HOLE) return 0;
    this.#filling = true;
    return due;
  }

  /** Returns the frames of silence that a segment still needs, for players to get through all of its video. */
  dueAtEnd(next: number, duration: number): number {
    return this.#filling ? Math.max(0, Math.floor((this.#video - this.#delay - next) / duration)) : 0;
  }

  /** Whether silence has been put where this frame belongs. */
  covers(audio: number, next: number, duration: number): boolean {
    this.#delay = Math.max(this.#delay, Math.min(this.#video - audio, MAX_HOLE));
    return this.#filling && audio < next - duration / 2 && audio > next - MAX_HOLE;
  }

  /** Frames of silence between `next`, where audio should continue, and the frame that comes. */
  holeBefore(audio: number, next: number, duration: number): number {
    const hole = audio - next;
    const fills = hole <= MAX_HOLE && (this.#filling || hole >= MIN_HOLE);
    this.#filling = false;
    return fills ? Math.max(0, Math.round(hole / duration)) : 0;
  }

  get #patience(): number {
    return Math.max(PATIENCE, 2 * this.#delay);
  }
}
