// The audio of a segment on its way to PES packets: frames get their times, wait for company, and silence is put where they
// are missing.
import type { StreamType } from '../stream-type.ts';
import { AudioQueue } from './audio-queue.ts';
import { AudioTrack, type FrameKind } from './audio-track.ts';
import type { CodedAudio } from './coded-data.ts';
import { SilenceFiller } from './silence-filler.ts';

/** All times are in ticks. */
export class PendingAudio {
  readonly track = new AudioTrack();
  readonly queue = new AudioQueue();
  readonly #filler = new SilenceFiller();
  readonly #flush: () => void;
  #type: StreamType | undefined;
  /** Audio was configured before the segment began: silence stands in for it from the first picture on. */
  #expected = false;
  /** Where this silence begins, while no audio has come yet. */
  #silentFrom: number | undefined;
  /** Time of the segment's first picture. */
  #firstPicture: number | undefined;
  /** A configuration that follows silence of another one: it waits for the next segment. */
  #nextConfig: Buffer | undefined;

  /** @param flush - writes the frames that wait */
  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** Type of this segment's frames. */
  get type(): StreamType | undefined {
    return this.#type;
  }

  beginSegment(): void {
    this.#expected = this.track.silence !== undefined;
  }

  /** Takes an AudioSpecificConfig. Throws `LVG_MEDIA`; the configuration before it stays. */
  configure(config: Buffer): void {
    if (this.#filler.filling && this.#type !== undefined && !this.track.isSetUpBy(config))
      this.#nextConfig = config;
    else this.track.configure(config);
  }

  /** Audio is missing from the segment's first picture on. */
  expect(): void {
    if (this.#type === undefined) this.#silentFrom ??= this.#firstPicture;
  }

  /** Completes the audio of a segment. Even the shortest one has a frame if audio is expected. */
  finish(): void {
    if (this.#silentFrom !== undefined) this.#fill(1);
    const { silence, timeline } = this.track;
    const { next } = timeline;
    if (silence !== undefined && next !== undefined)
      this.#fill(this.#filler.dueAtEnd(next, silence.kind.duration));
    this.#flush();
  }

  endSegment(): void {
    this.#type = undefined;
    this.#expected = false;
    this.#silentFrom = undefined;
    this.#firstPicture = undefined;
    if (this.#nextConfig) this.track.configure(this.#nextConfig);
    this.#nextConfig = undefined;
  }

  /** The next times are unrelated to those so far. */
  reset(): void {
    this.track.timeline.reset();
    this.#filler.reset();
  }

  /** Adds a message's frame of `size` bytes. False if it is of another type than the segment's. */
  add(payload: Buffer, coded: CodedAudio, kind: FrameKind, source: number): boolean {
    this.#type ??= kind.streamType;
    if (this.#type !== kind.streamType) return false;
    if (!this.#join(source, kind)) return true;
    const size = this.track.sizeOf(payload, coded);
    const pts = this.#place(source, kind, size);
    this.track.write(payload, coded, this.queue.reserve(size), this.queue.length);
    this.queue.add(size, pts, kind.duration);
    return true;
  }

  /** Replaces audio that does not come by silence, at some distance from the video. */
  fillUpTo(video: number): void {
    const { silence, timeline } = this.track;
    this.#firstPicture ??= video;
    if (this.#expected && timeline.next === undefined) this.#silentFrom = video;
    this.#expected = false;
    const next = timeline.next ?? this.#silentFrom;
    if (silence === undefined || next === undefined) return;
    this.#fill(this.#filler.dueAt(video, next, silence.kind.duration));
  }

  /** Puts silence between the audio so far and a frame. False if silence stands where the frame belongs. */
  #join(source: number, kind: FrameKind): boolean {
    const next = this.track.timeline.next ?? this.#silentFrom;
    if (next !== undefined) {
      if (this.#filler.covers(source, next, kind.duration)) return false;
      const hole = this.#filler.holeBefore(source, next, kind.duration);
      if (this.track.silence?.kind === kind) this.#fill(hole);
    }
    this.#silentFrom = undefined;
    return true;
  }

  #fill(frames: number): void {
    const { silence, timeline } = this.track;
    if (silence === undefined) return;
    const { kind, bytes } = silence;
    for (let count = 0; count < frames; count++) {
      this.#type ??= kind.streamType;
      if (this.#type !== kind.streamType) return;
      const pts = this.#place(timeline.next ?? this.#silentFrom ?? 0, kind, bytes.length);
      this.#silentFrom = undefined;
      bytes.copy(this.queue.reserve(bytes.length), this.queue.length);
      this.queue.add(bytes.length, pts, kind.duration);
    }
  }

  /** Makes room in the queue. Returns the time of the frame that belongs there. */
  #place(source: number, kind: FrameKind, size: number): number {
    const { timeline } = this.track;
    const pts = timeline.advance(source, kind.samples, kind.frequency);
    if (timeline.restarted || !this.queue.fits(size, pts, kind.duration)) this.#flush();
    return pts;
  }
}
