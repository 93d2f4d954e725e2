// A stream that a plugin sends on. It shares encoded runs with viewers but does not count as one, and no gate is asked.
import type { EndCause } from '../end-cause.ts';
import { checkFormat, checkTransport, watchDrain } from '../delivery/check-transport.ts';
import type { JoinPosition } from '../delivery/fan-out.ts';
import { Viewer, type ViewerCounters, type ViewerTransport } from '../delivery/viewer.ts';
import type { PacketFormat } from '../media/packet-format.ts';
import type { OwnedResource, ResourceOwner } from '../resource-owner.ts';
import type { Stream } from './stream.ts';
import type { StreamView } from './stream-view.ts';

export interface DeliverySettings {
  readonly format: PacketFormat;
  readonly transport: ViewerTransport;
  /** Default: `next-keyframe`. */
  readonly start?: JoinPosition;
}

export class Delivery implements OwnedResource {
  readonly #stream: Stream;
  readonly #format: PacketFormat;
  readonly #viewer: Viewer;
  #owner: ResourceOwner;
  #ended = false;

  constructor(
    stream: Stream,
    { format, transport, start = 'next-keyframe' }: DeliverySettings,
    owner: ResourceOwner,
  ) {
    checkFormat(format);
    checkTransport(transport);
    this.#stream = stream;
    this.#format = format;
    this.#owner = owner;
    const close = (cause: EndCause): void => {
      this.#finish();
      // Whatever closes it, the stream keeps no fan-out of a format that no viewer has.
      stream.leave(this.#viewer, format);
      return transport.close(cause);
    };
    const watched = {
      output: transport.output,
      onDrain: (drained: () => void) => watchDrain(transport, drained),
      close,
    };
    this.#viewer = new Viewer(watched, stream.options.slowViewer, 'delivery');
    owner.keep(this);
    stream.join(this.#viewer, format, start);
  }

  get stream(): StreamView {
    return this.#stream.view;
  }

  get counters(): ViewerCounters {
    return this.#viewer.counters;
  }

  moveTo(owner: ResourceOwner): void {
    if (this.#ended) return;
    this.#owner.letGo(this);
    this.#owner = owner;
    owner.keep(this);
  }

  /** Sends nothing more. The plugin closes the transport. Core closes it when the stream ends, or when it is too slow. */
  end(): void {
    if (this.#ended) return;
    this.#finish();
    this.#stream.leave(this.#viewer, this.#format);
    this.#viewer.discard();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#owner.letGo(this);
  }
}
