// From a publisher's messages to packets: they are made right, and their times become the stream's.
import type { Logger } from '../log/log.ts';
import { tracksInWords } from '../media/tracks-in-words.ts';
import type { AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import { MessageCorrection, type Correction } from '../media/correction/index.ts';
import { MediaPacket, type PacketInfo } from '../media/packet.ts';
import type { ClockBreak } from './clock-break.ts';
import type { StreamTracks } from './stream-headers.ts';
import { Timeline } from './timeline.ts';

/** The part of a stream that a reception reads. */
export interface ReceivingStream {
  readonly displayKey: string;
  readonly expectedTracks: AnnouncedTracks;
  readonly tracks: StreamTracks;
  /** Current metadata and sequence headers. */
  readonly headers: readonly MediaPacket[];
}

const NOTES: Readonly<Record<Correction, string>> = {
  'start-codes': 'the publisher sends NAL units with start codes; they get the lengths that FLV asks for',
  'frame-types': 'the publisher’s messages say wrongly which frames are keyframes; the NAL units decide',
  'split-pictures': 'the publisher sends pictures in several messages; they are put together',
  'no-sequence-header':
    'the publisher sends no sequence header; it is made of the parameter sets among the frames',
  'bad-sequence-header': 'the publisher sent a sequence header that sets up no decoder; it is left out',
  adts: 'the publisher sends AAC with ADTS headers; they are taken off',
  'crowded-audio': 'the publisher gives several AAC frames one timestamp; each gets its own',
  'unnamed-data': 'the publisher sends data messages without a name; they are left out',
};

export class Reception {
  readonly #stream: ReceivingStream;
  readonly #clockBreak: ClockBreak;
  readonly #log: Logger;
  readonly #take: (packet: MediaPacket) => void;
  readonly #timeline = new Timeline();
  /** Whether the publisher has sent media, and whether the log has told what. */
  #media: 'none' | 'some' | 'described' = 'none';
  readonly #correction = new MessageCorrection({
    message: (info, timestamp, payload) => this.#receiveCorrected(info, timestamp, payload),
    corrected: (what) => this.#log.warn({ stream: this.#stream.displayKey }, NOTES[what]),
  });

  constructor(
    stream: ReceivingStream,
    clockBreak: ClockBreak,
    log: Logger,
    take: (packet: MediaPacket) => void,
  ) {
    this.#stream = stream;
    this.#clockBreak = clockBreak;
    this.#log = log;
    this.#take = take;
  }

  /** The highest timestamp given out. */
  get highest(): number {
    return this.#timeline.highest;
  }

  /** Takes one message of the publisher's own clock. @param timestamp - raw, uint32 ms */
  receive(info: PacketInfo, timestamp: number, payload: Buffer): void {
    this.#correction.push(info, timestamp, payload);
  }

  /** Notes the time of a packet that is in stream time already. */
  pass(timestamp: number): void {
    this.#correction.release();
    this.#timeline.pass(timestamp);
  }

  /**
   * Passes on the picture that waits, and tells what the publisher sends. Called about once a second, also when nothing has
   * come, and when the publisher has left.
   */
  release(): void {
    this.#correction.release();
    if (this.#media !== 'some') return;
    this.#media = 'described';
    const { displayKey, tracks, headers } = this.#stream;
    this.#log.info({ stream: displayKey }, `${displayKey} publisher sends ${tracksInWords(tracks, headers)}`);
  }

  /** The next messages do not continue the earlier ones. */
  restart(): void {
    this.#correction.release();
    this.#timeline.restart();
  }

  /** Another publisher follows. */
  reset(): void {
    this.#correction.reset();
    this.#media = 'none';
    this.#clockBreak.reset();
  }

  #receiveCorrected(info: PacketInfo, timestamp: number, payload: Buffer): void {
    if (!info.media) return this.#take(new MediaPacket(info, this.#timeline.place(info, timestamp), payload));
    if (this.#media === 'none') this.#media = 'some';
    const time = this.#timeline.map(info, timestamp);
    const { event } = this.#timeline;
    if (event) this.#clockBreak.note(event, info.kind);
    const packet = new MediaPacket(info, time, payload);
    if (this.#clockBreak.pending) this.#clockBreak.tell(packet, this.#stream.expectedTracks);
    this.#take(packet);
  }
}
