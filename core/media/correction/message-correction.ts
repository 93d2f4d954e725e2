// The messages of one publisher, made right.
import { dataMessageName, liveMetadata } from '../flv/metadata.ts';
import type { PacketInfo } from '../packet.ts';
import { AacCorrection } from './aac-correction.ts';
import type { Correction, CorrectionReceiver } from './correction.ts';
import { VideoCorrection } from './video-correction.ts';

/** A picture does not wait for the rest of it beyond this, in milliseconds of the other tracks. */
const MAX_WAIT_MS = 300;
/** Messages of other tracks that wait behind it. */
const MAX_BEHIND = 128;

type Message = readonly [info: PacketInfo, timestamp: number, payload: Buffer];

/**
 * Passes messages on in their order. A picture that may come in several messages waits for the next message of its track,
 * and so do all behind it.
 *
 * Only messages of a single track are looked at: encoders of several tracks are young, and make none of these mistakes.
 */
export class MessageCorrection {
  readonly #receiver: CorrectionReceiver;
  readonly #told = new Set<Correction>();
  readonly #first: CorrectionReceiver;
  /** For messages that may have to wait behind a picture. */
  readonly #later: CorrectionReceiver;
  #behind: Message[] = [];
  #video: VideoCorrection;
  #aac: AacCorrection;

  constructor(receiver: CorrectionReceiver) {
    this.#receiver = receiver;
    const corrected = (what: Correction): void => this.#tell(what);
    this.#first = {
      message: (info, timestamp, payload) => receiver.message(info, timestamp, payload),
      corrected,
    };
    this.#later = {
      message: (info, timestamp, payload) => this.#passLater(info, timestamp, payload),
      corrected,
    };
    this.#video = this.#newVideo();
    this.#aac = new AacCorrection(this.#later);
  }

  /** @param payload - its first byte, which says whether it is a keyframe, may be changed */
  push(info: PacketInfo, timestamp: number, payload: Buffer): void {
    if (info.kind === 'video' && info.track === 0) {
      if (this.#video.isUsual(info, timestamp, payload)) this.#receiver.message(info, timestamp, payload);
      else this.#video.push(info, timestamp, payload);
      return;
    }
    const { waiting } = this.#video;
    const isAac = info.codec === 'aac' && info.track === 0;
    if (waiting === undefined && isAac && this.#aac.isUsual(info, timestamp, payload))
      return this.#receiver.message(info, timestamp, payload);
    if (waiting !== undefined && this.#isOver(waiting, timestamp)) this.release();
    if (info.kind === 'data' && !isNamed(info, payload)) this.#tell('unnamed-data');
    else if (isAac) this.#aac.push(info, timestamp, payload);
    else this.#later.message(info, timestamp, info.kind === 'data' ? liveMetadata(payload) : payload);
  }

  /** Passes on what waits. */
  release(): void {
    this.#video.release();
  }

  /** Another publisher follows. */
  reset(): void {
    this.release();
    this.#told.clear();
    this.#video = this.#newVideo();
    this.#aac = new AacCorrection(this.#later);
  }

  #newVideo(): VideoCorrection {
    return new VideoCorrection(this.#first, () => this.#passBehind());
  }

  #isOver(waiting: number, timestamp: number): boolean {
    return Math.abs((timestamp - waiting) | 0) > MAX_WAIT_MS || this.#behind.length === MAX_BEHIND;
  }

  #passLater(info: PacketInfo, timestamp: number, payload: Buffer): void {
    if (this.#video.waiting === undefined) this.#receiver.message(info, timestamp, payload);
    else this.#behind.push([info, timestamp, payload]);
  }

  #passBehind(): void {
    if (this.#behind.length === 0) return;
    const behind = this.#behind;
    this.#behind = [];
    for (const message of behind) this.#receiver.message(...message);
  }

  #tell(what: Correction): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#receiver.corrected(what);
  }
}

// Players call a function of that name; without one there is nothing that they could do with the message.
function isNamed(info: PacketInfo, payload: Buffer): boolean {
  return info.header || dataMessageName(payload) !== undefined;
}
