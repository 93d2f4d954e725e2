// Sends one stream to one target. It shares the encoded runs with the other targets of the stream.
import { formatRemote, hostOf, type Delivery, type EndCause, type StreamView } from 'livego';
import { RtmpPacketFormat } from 'livego/rtmp';
import type { RelayAddress } from '../connections/address.ts';
import type { Failure } from '../connections/failure.ts';
import type { Link, LinkEvents, PublishingLink } from '../connections/link.ts';
import { PublishFormat } from '../connections/publish-format.ts';
import { RtmpLink } from '../connections/rtmp-link.ts';
import { Relay, type RelayFigures, type RelayHost, type RelayPlace } from './relay.ts';
import { addressesOf, type PushSpec } from '../specs.ts';
import { readVia, writeVia } from '../loops/via.ts';

/** Formats of higher message stream ids are not shared: targets choose the ids, and nearly all choose 1. */
const MAX_SHARED_STREAM_ID = 16;

export interface PushRequest {
  readonly spec: PushSpec;
  readonly stream: StreamView;
}

export class PushRelay extends Relay {
  readonly kind = 'push';
  readonly stream: StreamView;
  readonly #spec: PushSpec;
  readonly #addresses: readonly RelayAddress[];
  readonly #rate = new ByteRate();
  #delivery: Delivery | undefined;
  #before = { sentBytes: 0, droppedPackets: 0, droppedBytes: 0 };

  constructor(place: RelayPlace, { spec, stream }: PushRequest, host: RelayHost, over: () => void) {
    super(place, host, over);
    this.stream = stream;
    this.#spec = spec;
    this.#addresses = addressesOf([spec.url], stream, stream.name);
  }

  addresses(): readonly RelayAddress[] {
    return this.#addresses;
  }

  /** The IP address of the target, as long as it is connected. */
  get targetHost(): string | undefined {
    const { socket } = (this.redial.link as PublishingLink | undefined) ?? {};
    return socket?.remoteAddress === undefined ? undefined : hostOf(formatRemote(socket));
  }

  open(address: RelayAddress, events: LinkEvents): Link {
    const { marks, options } = this.host;
    const passed = readVia(this.stream.publisher?.client.userAgent);
    const via = writeVia([...passed, marks.of(this.stream.key)]);
    return new RtmpLink({
      ...this.linkSettings(address, this.host.findTrust(this.#spec), via),
      mode: 'publish',
      chunkSize: options.chunkSize,
      events,
    });
  }

  override tick(now: number): void {
    super.tick(now);
    const { audioBytes, videoBytes } = this.stream.counters;
    this.#rate.note(now, audioBytes + videoBytes);
  }

  protected begin(link: Link): void {
    const target = link as PublishingLink;
    const { socket } = target;
    if (this.stream.state === 'ended') return this.stop();
    this.#delivery = this.host.context.deliver(this.stream, {
      format: this.#format(target),
      start: 'gop',
      transport: {
        output: socket,
        onDrain: (drained) => {
          socket.on('drain', drained);
          return () => void socket.removeListener('drain', drained);
        },
        close: (cause) => this.#closed(cause),
      },
    });
  }

  protected interrupted(): 'retry' | 'stop' {
    this.#endDelivery();
    return this.stream.state === 'ended' ? 'stop' : 'retry';
  }

  protected released(): void {
    this.#endDelivery();
  }

  protected adopted(): void {
    if (this.#delivery) this.host.context.adopt(this.#delivery);
  }

  protected figures(): RelayFigures {
    const { sentBytes, droppedPackets, droppedBytes } = this.#before;
    const counters = this.#delivery?.counters;
    return {
      bytes: sentBytes + (counters?.sentBytes ?? 0),
      droppedPackets: droppedPackets + (counters?.droppedPackets ?? 0),
      droppedBytes: droppedBytes + (counters?.droppedBytes ?? 0),
      delayMs: counters && this.#rate.millisecondsFor(counters.queuedBytes),
    };
  }

  // The stream has ended, or the target reads too slowly.
  #closed(cause: EndCause): void {
    if (cause.code !== 'slow') return this.stop();
    const failure: Failure = { kind: 'slow', message: `the target is too slow: ${cause.message}` };
    this.redial.link?.fail(failure);
  }

  #endDelivery(): void {
    const delivery = this.#delivery;
    if (!delivery) return;
    this.#delivery = undefined;
    delivery.end();
    const { sentBytes, droppedPackets, droppedBytes } = delivery.counters;
    this.#before = {
      sentBytes: this.#before.sentBytes + sentBytes,
      droppedPackets: this.#before.droppedPackets + droppedPackets,
      droppedBytes: this.#before.droppedBytes + droppedBytes,
    };
  }

  #format({ chunkSize, messageStreamId }: PublishingLink): PublishFormat {
    const { only } = this.#spec;
    const kind = only === 'all' ? undefined : only;
    const make = (): PublishFormat =>
      new PublishFormat(new RtmpPacketFormat(chunkSize, messageStreamId, kind));
    if (messageStreamId > MAX_SHARED_STREAM_ID) return make();
    return this.host.context.format(`rtmp-publish/${chunkSize}/${messageStreamId}/${only}`, make);
  }
}

/** How many bytes the stream has in a second, smoothed. */
class ByteRate {
  #at: number | undefined;
  #bytes = 0;
  #perSecond = 0;

  note(now: number, bytes: number): void {
    if (this.#at !== undefined && now > this.#at && bytes >= this.#bytes) {
      const perSecond = ((bytes - this.#bytes) * 1000) / (now - this.#at);
      this.#perSecond = this.#perSecond === 0 ? perSecond : (this.#perSecond * 3 + perSecond) / 4;
    }
    this.#at = now;
    this.#bytes = bytes;
  }

  /** How much of the stream these bytes are; undefined while that is unknown. */
  millisecondsFor(bytes: number): number | undefined {
    if (bytes === 0) return 0;
    return this.#perSecond === 0 ? undefined : Math.round((bytes * 1000) / this.#perSecond);
  }
}
