// What becomes of a publisher's clock that is not as it should be: it is counted, logged, and sinks are told.
import { canStartAt } from '../delivery/start-packet.ts';
import type { Logger } from '../log/log.ts';
import type { AnnouncedTracks } from '../media/flv/announced-tracks.ts';
import type { MediaKind, MediaPacket } from '../media/packet.ts';
import type { PacketCounts } from './packets/packet-counts.ts';
import type { SinkList } from './sink-list.ts';
import type { TimelineEvent } from './timeline.ts';

const WARNINGS: Readonly<Record<TimelineEvent, string>> = {
  jump: 'the publisher’s timestamps jumped; the stream continues without a gap',
  apart:
    'the publisher’s timestamps of audio and video are more than 5 s apart; the tracks are brought together',
};

export class ClockBreak {
  readonly #displayKey: string;
  readonly #log: Logger;
  readonly #counts: PacketCounts;
  readonly #sinks: SinkList;
  /** The log has told of this publisher's clock. */
  #told = false;
  #pending = false;

  constructor(displayKey: string, log: Logger, counts: PacketCounts, sinks: SinkList) {
    this.#displayKey = displayKey;
    this.#log = log;
    this.#counts = counts;
    this.#sinks = sinks;
  }

  /** Sinks have not been told of a jump yet. */
  get pending(): boolean {
    return this.#pending;
  }

  /** Logged once for each publisher, which could fill the log otherwise. */
  note(event: TimelineEvent, kind: MediaKind): void {
    if (event === 'jump') {
      this.#counts.countJump();
      this.#pending = true;
    }
    if (this.#told) return;
    this.#told = true;
    this.#log.warn({ stream: this.#displayKey, kind }, WARNINGS[event]);
  }

  /** Tells sinks before the first packet that can be decoded on its own: they lose none of those before it. */
  tell(packet: MediaPacket, expected: AnnouncedTracks): void {
    if (!canStartAt(packet, expected.video)) return;
    this.#pending = false;
    this.#sinks.discontinuity('jump');
  }

  /** Another publisher follows. */
  reset(): void {
    this.#told = false;
    this.#pending = false;
  }
}
