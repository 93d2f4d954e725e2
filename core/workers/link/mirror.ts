// Publishes a copy of a stream that lives in another worker: packets, headers and discontinuities as they are there.
import type { EndCause } from '../../end-cause.ts';
import { MediaPacket } from '../../media/packet.ts';
import type { WorkerNumber } from '../../plugin/worker-calls.ts';
import type { StreamProvider } from '../../session/providers/provider.ts';
import type { Publication } from '../../session/publication.ts';
import type { Stream } from '../../stream/stream.ts';
import type { Channel, Links } from './links.ts';
import type { StreamEvent } from './link-messages.ts';

/** A copy whose viewers have seen packets of another clock continues this long after the last of them: about one frame. */
const SEAM_MS = 40;

/** The clock that a copy has followed last. */
export interface MirrorClock {
  readonly firstSequence: number;
  readonly offsetMs: number;
}

export interface MirrorSettings {
  readonly key: string;
  readonly home: WorkerNumber;
  readonly links: Links;
  /** The copy as it is at present; undefined when there is none. */
  readonly findStream: () => Stream | undefined;
  /** The clocks of this worker's copies, by stream key. */
  readonly clocks: Map<string, MirrorClock>;
  readonly started: (mirror: Mirror) => void;
  /** Called once or more after `started`. */
  readonly ended: (mirror: Mirror) => void;
}

export class Mirror implements StreamProvider {
  readonly origin = 'mirror';
  readonly #settings: MirrorSettings;
  #publication: Publication | undefined;
  #channel: Channel | undefined;
  #firstSequence: number | undefined;
  /** Added to timestamps: 0, unless the worker of the stream has been lost and the publisher's clock began anew. */
  #offsetMs: number | undefined;
  #toldViewers = 0;
  /** Viewers that may join and have not yet. */
  #seats = 0;

  constructor(settings: MirrorSettings) {
    this.#settings = settings;
  }

  get description(): string {
    return `a copy from worker ${this.#settings.home}`;
  }

  get home(): WorkerNumber {
    return this.#settings.home;
  }

  get firstSequence(): number | undefined {
    return this.#firstSequence;
  }

  /** The original has been found, and has not ended. */
  get follows(): boolean {
    return this.#firstSequence !== undefined && this.#publication !== undefined;
  }

  start(publication: Publication): void {
    this.#publication = publication;
    this.#settings.started(this);
    const { links, home, key, findStream, clocks } = this.#settings;
    if (!findStream()) clocks.delete(key);
    const continues = clocks.get(key)?.firstSequence;
    this.#channel = links.open(home, key, continues, {
      run: (packets) => packets.forEach((packet) => this.#write(packet)),
      event: (event) => this.#take(event),
      broken: (message) => this.#end({ code: 'failed', message }),
    });
    if (!this.#channel) this.#end({ code: 'failed', message: `worker ${home} does not run` });
  }

  stop(): void {
    this.#finish();
    this.#channel?.close();
  }

  /** Tells the stream's worker how many viewers the copy has. */
  tellViewers(): void {
    const viewers = this.#viewers;
    if (viewers === this.#toldViewers) return;
    this.#toldViewers = viewers;
    this.#channel?.noteViewers(viewers);
  }

  /** See `Elsewhere.takeSeat`. */
  async takeSeat(): Promise<(() => void) | undefined> {
    this.#seats++;
    const free = (): void => void this.#seats--;
    const viewers = this.#viewers;
    const given = await this.#channel?.takeSeat(viewers).catch(() => false);
    if (given) {
      this.#toldViewers = viewers;
      return free;
    }
    free();
    return undefined;
  }

  get #viewers(): number {
    return (this.#settings.findStream()?.localViewerCount ?? 0) + this.#seats;
  }

  #write(packet: MediaPacket): void {
    this.#offsetMs ??= this.#findOffset(packet.timestamp);
    const offsetMs = this.#offsetMs ?? 0;
    const moved =
      offsetMs === 0 ? packet : new MediaPacket(packet.info, packet.timestamp + offsetMs, packet.payload);
    this.#publication?.write(moved);
  }

  #take(event: StreamEvent): void {
    const publication = this.#publication;
    if (event.is === 'begin') {
      this.#firstSequence = event.firstSequence;
      const clock = this.#settings.clocks.get(this.#settings.key);
      if (clock?.firstSequence === event.firstSequence) this.#offsetMs = clock.offsetMs;
    } else if (event.is === 'pause') publication?.pause();
    else if (event.is === 'discontinuity') publication?.discontinuity(event.reason);
    else if (event.is === 'viewers') this.#settings.findStream()?.residence.countElsewhere(event.elsewhere);
    else this.#end(event.cause);
  }

  // Metadata stands at 0 and tells nothing of the clock.
  #findOffset(timestamp: number): number | undefined {
    const { key, clocks, findStream } = this.#settings;
    const highest = findStream()?.highestTimestamp ?? 0;
    if (timestamp === 0 && highest > 0) return undefined;
    const offsetMs = timestamp >= highest ? 0 : highest + SEAM_MS - timestamp;
    clocks.set(key, { firstSequence: this.#firstSequence ?? 0, offsetMs });
    return offsetMs;
  }

  #end(cause: EndCause): void {
    this.#finish()?.end(cause);
  }

  #finish(): Publication | undefined {
    const publication = this.#publication;
    this.#publication = undefined;
    this.#settings.ended(this);
    return publication;
  }
}
